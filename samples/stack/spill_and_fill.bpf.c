// SPDX-License-Identifier: GPL-2.0-only
// A register saved on the stack comes back with everything known of it; part of it does not.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u64); } values SEC(".maps");

SEC("tc") NAKED int pointer(void) { asm volatile("*(u64 *)(r10 - 8) = r1; r2 = *(u64 *)(r10 - 8); r0 = *(u32 *)(r2 + 0); exit;"); }
SEC("tc") NAKED int pointer_overwritten(void)
{
	asm volatile("*(u64 *)(r10 - 8) = r1; r3 = 0; *(u8 *)(r10 - 5) = r3; r2 = *(u64 *)(r10 - 8); r0 = *(u32 *)(r2 + 0); exit;");
}
SEC("tc") NAKED int pointer_read_in_part(void) { asm volatile("*(u64 *)(r10 - 8) = r1; r0 = *(u32 *)(r10 - 8); exit;"); }
SEC("tc") NAKED int pointer_written_in_part(void) { asm volatile("*(u32 *)(r10 - 8) = r1; r0 = 0; exit;"); }

#define LOOKUP "r6 = *(u32 *)(r1 + 0); r3 = 0; *(u32 *)(r10 - 4) = r3; r2 = r10; r2 += -4; r1 = %[map] ll; call 1; if r0 == 0 goto 9f; "
#define MAP :: [map] "i"(&values)

SEC("tc") NAKED int bounds_survive(void)
{
	asm volatile(LOOKUP "r6 &= 7; *(u64 *)(r10 - 16) = r6; r7 = *(u64 *)(r10 - 16); r0 += r7; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" MAP);
}
SEC("tc") NAKED int bounds_survive_in_32_bits(void)
{
	asm volatile(LOOKUP "r6 &= 7; *(u32 *)(r10 - 16) = r6; r7 = *(u32 *)(r10 - 16); r0 += r7; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" MAP);
}
SEC("tc") NAKED int bounds_of_the_low_byte(void)
{
	asm volatile(LOOKUP "r6 &= 7; *(u64 *)(r10 - 16) = r6; r7 = *(u8 *)(r10 - 16); r0 += r7; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" MAP);
}
SEC("tc") NAKED int comparison_reaches_the_copy(void)
{
	asm volatile(LOOKUP "*(u64 *)(r10 - 16) = r6; if r6 > 7 goto 9f; r7 = *(u64 *)(r10 - 16); r0 += r7; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" MAP);
}
SEC("tc") NAKED int comparison_after_overwriting(void)
{
	asm volatile(LOOKUP "*(u64 *)(r10 - 16) = r6; r8 = r6; *(u64 *)(r10 - 16) = r0; if r6 > 7 goto 9f; r7 = *(u64 *)(r10 - 16); r0 += r7; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" MAP);
}
SEC("tc") NAKED int constant_kept(void)
{
	asm volatile(LOOKUP "r7 = 9; *(u64 *)(r10 - 16) = r7; r7 = *(u64 *)(r10 - 16); r0 += r7; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" MAP);
}
SEC("tc") NAKED int zero_kept_in_bytes(void)
{
	asm volatile(LOOKUP "r7 = 0; *(u64 *)(r10 - 16) = r7; r7 = *(u8 *)(r10 - 13); r0 += r7; r0 = *(u64 *)(r0 + 0); 9: r0 = 0; exit;" MAP);
}

LICENSE("GPL");
