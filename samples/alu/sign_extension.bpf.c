// SPDX-License-Identifier: GPL-2.0-only
// Numbers that may be negative: both ends must be checked.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u64); } values SEC(".maps");

#define LOOKUP "r6 = *(u32 *)(r1 + 0); r3 = 0; *(u32 *)(r10 - 4) = r3; r2 = r10; r2 += -4; r1 = %[map] ll; call 1; if r0 == 0 goto 9f; "
#define USE "r0 += r6; r0 = *(u8 *)(r0 + 0); 9: r0 = 0; exit;" :: [map] "i"(&values)
#define INDEX(name, text) SEC("tc") NAKED int name(void) { asm volatile(LOOKUP text USE); }

INDEX(shift_pair, "r6 <<= 32; r6 s>>= 32; if r6 s> 7 goto 9f; if r6 s< 0 goto 9f;")
INDEX(upper_end_only, "r6 <<= 32; r6 s>>= 32; if r6 s> 7 goto 9f;")
INDEX(lower_end_only, "r6 <<= 32; r6 s>>= 32; if r6 s< 0 goto 9f;")
INDEX(unsigned_check_covers_both, "r6 <<= 32; r6 s>>= 32; if r6 > 7 goto 9f;")
INDEX(signed_bytes, "r6 <<= 56; r6 s>>= 56; if r6 s>= 8 goto 9f; if r6 s<= -1 goto 9f;")
INDEX(offset_makes_it_positive, "r6 &= 7; r6 += -4; r6 += 4;")
INDEX(negative_constant, "r6 = -1;")
INDEX(bit_test, "r6 &= 15; if r6 & 8 goto 9f;")
INDEX(bit_test_other_way, "r6 &= 15; if r6 & 8 goto 1f; goto 9f; 1:")

LICENSE("GPL");
