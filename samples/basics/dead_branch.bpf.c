// SPDX-License-Identifier: GPL-2.0-only
// A branch that cannot be taken is not walked, so what is wrong in it does not matter.
#include "bpf.h"

SEC("socket") NAKED int constant_condition(void)
{
	asm volatile("r2 = 1; if r2 == 1 goto 1f; r0 = *(u64 *)(r2 + 0); 1: r0 = 0; exit;");
}

SEC("socket") NAKED int range_condition(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r2 &= 7; r0 = 0; if r2 < 8 goto 1f; r0 = *(u64 *)(r2 + 0); 1: exit;");
}

SEC("socket") NAKED int range_too_wide(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r2 &= 15; r0 = 0; if r2 < 8 goto 1f; r0 = *(u64 *)(r2 + 0); 1: exit;");
}

SEC("socket") NAKED int same_register(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r0 = 0; if r2 == r2 goto 1f; r0 = *(u64 *)(r2 + 0); 1: exit;");
}

LICENSE("GPL");
