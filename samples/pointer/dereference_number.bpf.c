// SPDX-License-Identifier: GPL-2.0-only
// Only what the verifier knows to be a pointer can be read through.
#include "bpf.h"

SEC("tc") NAKED int constant(void) { asm volatile("r1 = 4096; r0 = *(u64 *)(r1 + 0); exit;"); }
SEC("tc") NAKED int from_the_context(void) { asm volatile("r1 = *(u32 *)(r1 + 0); r0 = *(u64 *)(r1 + 0); exit;"); }
SEC("tc") NAKED int written_through(void) { asm volatile("r1 = 4096; r0 = 0; *(u64 *)(r1 + 0) = r0; exit;"); }
SEC("tc") NAKED int map_object(void) { asm volatile("r1 = 0 ll; r0 = *(u64 *)(r1 + 0); exit;"); }
SEC("tc") NAKED int packet_end(void) { asm volatile("r1 = *(u32 *)(r1 + 80); r0 = *(u8 *)(r1 + 0); exit;"); }
SEC("tc") NAKED int two_kinds_at_one_place(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); if r2 > 9 goto 1f; r1 = r10; *(u64 *)(r10 - 8) = r2; r1 += -8; 1: r0 = *(u32 *)(r1 + 0); exit;");
}

LICENSE("GPL");
