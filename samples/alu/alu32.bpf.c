// SPDX-License-Identifier: GPL-2.0-only
// 32-bit operations clear the upper half; comparisons on halves bound only that half.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u64); } values SEC(".maps");

#define LOOKUP "call 5; r6 = r0; r3 = 0; *(u32 *)(r10 - 4) = r3; r2 = r10; r2 += -4; r1 = %[map] ll; call 1; if r0 == 0 goto 9f; "
#define USE "r0 += r6; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" :: [map] "i"(&values)
#define INDEX(name, text) SEC("tc") NAKED int name(void) { asm volatile(LOOKUP text USE); }

INDEX(compare_64, "if r6 > 7 goto 9f;")
INDEX(compare_32_only, "if w6 > 7 goto 9f;")
INDEX(compare_32_then_truncate, "if w6 > 7 goto 9f; w6 = w6;")
INDEX(truncate_then_compare_32, "w6 = w6; if w6 > 7 goto 9f;")
INDEX(and_32, "w6 &= 7;")
INDEX(shift_pair_zero_extends, "if w6 > 7 goto 9f; r6 <<= 32; r6 >>= 32;")
INDEX(wraps_in_32_bits, "w6 &= 1; w6 += -1; w6 &= 7;")
INDEX(add_32_overflow, "w6 &= 7; w6 += 0xfffffff8; w6 += 8;")
INDEX(shift_32, "w6 >>= 29;")
INDEX(arithmetic_shift_32, "w6 s>>= 29; if w6 s< 0 goto 9f;")
INDEX(equal_in_32_bits, "if w6 != 3 goto 9f; w6 = w6;")

LICENSE("GPL");
