// SPDX-License-Identifier: GPL-2.0-only
// 64-bit constants, which take two instructions.
#include "bpf.h"

SEC("tc") NAKED int constant(void) { asm volatile("r0 = 0x1122334455667788 ll; exit;"); }
SEC("tc") NAKED int used_in_comparison(void) { asm volatile("r2 = *(u64 *)(r1 + 152); r3 = 0x100000000 ll; r0 = 0; if r2 > r3 goto 1f; r0 = 1; 1: exit;"); }
SEC("tc") NAKED int second_half_not_zero(void) { asm volatile(".byte 0x18, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0; exit;"); }
SEC("tc") NAKED int map_without_descriptor(void) { asm volatile(".byte 0x18, 0x11, 0, 0, 99, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0; r0 = 0; exit;"); }
SEC("tc") NAKED int unknown_kind(void) { asm volatile(".byte 0x18, 0x90, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0; exit;"); }

LICENSE("GPL");
