// SPDX-License-Identifier: GPL-2.0-only
// What each operation does to the bounds of a number, shown by using it as an index into eight bytes.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u64); } values SEC(".maps");

#define LOOKUP "r6 = *(u32 *)(r1 + 0); r7 = *(u32 *)(r1 + 8); r3 = 0; *(u32 *)(r10 - 4) = r3; r2 = r10; r2 += -4; r1 = %[map] ll; call 1; if r0 == 0 goto 9f; "
#define USE "r0 += r6; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" :: [map] "i"(&values)
#define INDEX(name, text) SEC("tc") NAKED int name(void) { asm volatile(LOOKUP text USE); }

INDEX(and_7, "r6 &= 7;")
INDEX(and_8, "r6 &= 8;")
INDEX(and_register, "r7 &= 7; r6 &= r7;")
INDEX(or_keeps_high_bits, "r6 &= 4; r6 |= 3;")
INDEX(or_too_far, "r6 &= 4; r6 |= 8;")
INDEX(xor_bits, "r6 &= 5; r6 ^= 2;")
INDEX(shift_right, "r6 >>= 29;")
INDEX(shift_right_too_little, "r6 >>= 28;")
INDEX(shift_left, "r6 &= 1; r6 <<= 2;")
INDEX(shift_left_too_far, "r6 &= 1; r6 <<= 3;")
INDEX(multiply, "r6 &= 1; r6 *= 7;")
INDEX(multiply_too_far, "r6 &= 1; r6 *= 8;")
INDEX(add, "r6 &= 3; r7 &= 3; r6 += r7;")
INDEX(add_too_far, "r6 &= 7; r7 &= 1; r6 += r7;")
INDEX(subtract, "r6 &= 3; r7 = 7; r7 -= r6; r6 = r7;")
INDEX(subtract_below_zero, "r6 &= 3; r7 &= 3; r6 -= r7;")
INDEX(negate, "r6 &= 3; r6 = -r6; r6 += 3;")
INDEX(modulo_tells_nothing, "r6 %%= 8;")
INDEX(divide_tells_nothing, "r6 /= 0x20000000;")
INDEX(byte_swapped, "r6 &= 7; r6 = be64 r6;")
INDEX(truncated, "r6 &= 7; w6 = w6;")
INDEX(minimum_by_branch, "if r6 < 8 goto 1f; r6 = 7; 1:")

LICENSE("GPL");
