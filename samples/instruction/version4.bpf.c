// SPDX-License-Identifier: GPL-2.0-only
// cpu: v4
// Instructions of the fourth version: moves and loads that extend the sign, signed division, byte swaps, long jumps.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, s8[16]); } values SEC(".maps");

#define TC(name, text) SEC("tc") NAKED int name(void) { asm volatile(text " r0 = 0; exit;"); }
/* A number nobody knows in r6, a value of 16 bytes in r7. */
#define WITH_VALUE(name, text) SEC("tc") NAKED int name(void) { asm volatile( \
	"r6 = *(u32 *)(r1 + 0); r1 = 0; *(u32 *)(r10 - 4) = r1; r2 = r10; r2 += -4; r1 = %[values] ll; call 1; if r0 == 0 goto 9f; r7 = r0;" \
	text " 9: r0 = 0; exit;" :: [values] "i"(&values)); }

WITH_VALUE(byte_extended_stays_small, "r6 &= 15; r6 = (s8)r6; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(byte_extended_may_be_negative, "r6 &= 255; r6 = (s8)r6; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(half_extended, "r6 &= 7; r6 = (s16)r6; r7 += r6; r1 = *(u8 *)(r7 + 8);")
WITH_VALUE(half_extended_in_32_bits, "w6 &= 0xffff; w6 = (s16)w6; if w6 s> 15 goto 9f; if w6 s< 0 goto 9f; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(word_extended, "r6 = (s32)r6; if r6 s> 15 goto 9f; if r6 s< 0 goto 9f; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(word_extended_unchecked_below, "r6 = (s32)r6; if r6 s> 15 goto 9f; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(load_extended, "r1 = *(s8 *)(r7 + 0); if r1 s> 8 goto 9f; if r1 s< 0 goto 9f; r7 += r1; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(load_extended_unchecked, "r1 = *(s8 *)(r7 + 0); r7 += r1; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(load_extended_past_end, "r1 = *(s32 *)(r7 + 14);")
WITH_VALUE(signed_division_by_constant, "r6 s/= 3; if r6 s> 15 goto 9f; if r6 s< 0 goto 9f; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(signed_remainder_unchecked, "r6 s%%= 15; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(signed_division_by_register, "r1 = 0; r6 s/= r1; r6 &= 15; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(swapped_is_unknown, "r6 &= 15; r6 = bswap64 r6; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(swapped_and_masked, "r6 = bswap16 r6; r6 &= 15; r7 += r6; r1 = *(u8 *)(r7 + 0);")
WITH_VALUE(swapped_word, "r6 = bswap32 r6; r6 &= 15; r7 += r6; r1 = *(u8 *)(r7 + 0);")
TC(constant_extended, "r1 = 0x80; r1 = (s8)r1; if r1 == -128 goto 1f; r1 = *(u64 *)(r1 + 0); 1:")
TC(constant_divided, "r1 = -7; r1 s/= 2; if r1 == -3 goto 1f; r1 = *(u64 *)(r1 + 0); 1:")
TC(constant_remainder_in_32_bits, "w1 = -7; w1 s%= 2; if w1 == -1 goto 1f; r1 = *(u64 *)(r1 + 0); 1:")
TC(constant_swapped, "r1 = 0x1234; r1 = bswap16 r1; if r1 == 0x3412 goto 1f; r1 = *(u64 *)(r1 + 0); 1:")
TC(division_by_zero, "r1 = 7; r1 s/= 0;")
TC(pointer_extended, "r1 = (s8)r10;")
TC(pointer_divided, "r1 = r10; r1 s/= 2;")
TC(pointer_swapped, "r1 = r10; r1 = bswap64 r1;")
TC(nothing_extended, "r1 = (s32)r5;")
TC(context_loaded_extended, "r2 = *(s32 *)(r1 + 0);")
TC(stack_loaded_extended, "r2 = -1; *(u64 *)(r10 - 8) = r2; r3 = *(s32 *)(r10 - 8); if r3 == -1 goto 1f; r1 = *(u64 *)(r3 + 0); 1:")
TC(jump_with_long_distance, "r2 = *(u32 *)(r1 + 0); if r2 == 0 goto 2f; gotol 1f; 2: r2 = 1; 1:")
TC(jump_out_with_long_distance, "gotol +100;")
TC(jump_back_with_long_distance, "r2 = 0; 1: r2 += 1; if r2 > 9 goto 2f; gotol 1b; 2:")

LICENSE("GPL");
