// SPDX-License-Identifier: GPL-2.0-only
// The stack at an offset that is not a constant: bounded accesses are fine for root, but lose what was spilled there.
#include "bpf.h"

#define INDEX "r2 = *(u32 *)(r1 + 0); r2 &= 31; r3 = r10; r3 += -64; r3 += r2; "
#define FILL "r4 = 0; *(u64 *)(r10 - 64) = r4; *(u64 *)(r10 - 56) = r4; *(u64 *)(r10 - 48) = r4; *(u64 *)(r10 - 40) = r4; *(u64 *)(r10 - 32) = r4; "

SEC("tc") NAKED int read_inside(void) { asm volatile(FILL INDEX "r0 = *(u8 *)(r3 + 0); exit;"); }
SEC("tc") NAKED int write_inside(void) { asm volatile(FILL INDEX "*(u8 *)(r3 + 0) = r4; r0 = 0; exit;"); }
SEC("tc") NAKED int read_of_holes(void) { asm volatile(INDEX "r0 = *(u8 *)(r3 + 0); exit;"); }
SEC("tc") NAKED int unbounded(void) { asm volatile("r2 = *(u32 *)(r1 + 0); r3 = r10; r3 += r2; r0 = *(u8 *)(r3 + 0); exit;"); }
SEC("tc") NAKED int reaches_above(void) { asm volatile(FILL "r2 = *(u32 *)(r1 + 0); r2 &= 127; r3 = r10; r3 += -64; r3 += r2; r0 = *(u8 *)(r3 + 0); exit;"); }
SEC("tc") NAKED int reaches_below(void) { asm volatile("r2 = *(u32 *)(r1 + 0); r2 &= 1023; r3 = r10; r3 += -1; r3 -= r2; r0 = 0; *(u8 *)(r3 + 0) = r0; exit;"); }
SEC("tc") NAKED int write_over_a_pointer(void)
{
	asm volatile("*(u64 *)(r10 - 64) = r1;" INDEX "r4 = 0; *(u8 *)(r3 + 0) = r4; r5 = *(u64 *)(r10 - 64); r0 = *(u32 *)(r5 + 0); exit;");
}
SEC("tc") NAKED int helper_fills_it(void)
{
	asm volatile("r6 = r1;" FILL INDEX "r1 = r6; r2 = 0; r4 = 8; call 26; r0 = 0; exit;");
}

LICENSE("GPL");
