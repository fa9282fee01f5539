// SPDX-License-Identifier: GPL-2.0-only
// Root may read stack it never wrote; what was read is an unknown number.
#include "bpf.h"

SEC("socket") NAKED int never_written(void) { asm volatile("r0 = *(u64 *)(r10 - 8); exit;"); }
SEC("socket") NAKED int half_written(void) { asm volatile("r1 = 1; *(u32 *)(r10 - 8) = r1; r0 = *(u64 *)(r10 - 8); exit;"); }
SEC("socket") NAKED int written(void) { asm volatile("r1 = 1; *(u64 *)(r10 - 8) = r1; r0 = *(u64 *)(r10 - 8); exit;"); }
SEC("socket") NAKED int written_on_one_path(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); if r2 > 3 goto 1f; *(u64 *)(r10 - 8) = r2; 1: r0 = *(u64 *)(r10 - 8); exit;");
}

LICENSE("GPL");
