// SPDX-License-Identifier: GPL-2.0-only
// Adding and subtracting a number is what is defined on pointers, in 64 bits, and not on all of them. What root computes otherwise is a number.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u64[8]); } values SEC(".maps");

#define ON_STACK(name, text) SEC("tc") NAKED int name(void) { asm volatile("r2 = r10; r3 = 8; " text "r0 = 0; exit;"); }

ON_STACK(add_two_pointers, "r2 += r10;")
ON_STACK(multiply_pointer, "r2 *= r3;")
ON_STACK(shift_pointer, "r2 <<= 1;")
ON_STACK(and_pointer, "r2 &= -8;")
ON_STACK(or_pointer, "r2 |= 1;")
ON_STACK(negate_pointer, "r2 = -r2;")
ON_STACK(pointer_from_number, "r3 -= r2;")
ON_STACK(add_in_32_bits, "w2 += 8;")
ON_STACK(subtract_number, "r2 -= r3; *(u64 *)(r2 + 0) = r3;")
ON_STACK(number_plus_pointer, "r3 = -8; r3 += r2; *(u64 *)(r3 + 0) = r3;")
ON_STACK(add_too_much, "r2 += 0x20000000;")
ON_STACK(swap_bytes, "r2 = be64 r2;")

SEC("tc") NAKED int map_pointer(void) { asm volatile("r2 = %[map] ll; r2 += 8; r0 = 0; exit;" :: [map] "i"(&values)); }
SEC("tc") NAKED int map_value_address(void) { asm volatile("r2 = 0; *(u32 *)(r10 - 4) = r2; r2 = r10; r2 += -4; r1 = %[map] ll; call 1; if r0 == 0 goto 1f; r0 += 56; r0 = *(u64 *)(r0 + 0); 1: r0 = 0; exit;" :: [map] "i"(&values)); }
SEC("tc") NAKED int packet_end(void) { asm volatile("r2 = *(u32 *)(r1 + 80); r2 += -1; r0 = 0; exit;"); }
SEC("tc") NAKED int difference_of_packet_pointers(void) { asm volatile("r2 = *(u32 *)(r1 + 76); r3 = *(u32 *)(r1 + 80); r3 -= r2; r0 = r3; exit;"); }

LICENSE("GPL");
