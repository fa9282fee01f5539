// SPDX-License-Identifier: GPL-2.0-only
// A program must set r0 before it exits, on every path.
#include "bpf.h"

SEC("socket") NAKED int never_set(void) { asm volatile("exit;"); }

SEC("socket") NAKED int set_on_one_path(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); if r2 > 64 goto 1f; r0 = 0; 1: exit;");
}

SEC("socket") NAKED int set_on_both_paths(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r0 = 1; if r2 > 64 goto 1f; r0 = 0; 1: exit;");
}

SEC("socket") NAKED int lost_by_a_call(void)
{
	asm volatile("r1 = 5; call 5; r0 = r1; exit;");
}

LICENSE("GPL");
