// SPDX-License-Identifier: GPL-2.0-only
// A context pointer must be the one that was given, apart from a constant where that is allowed.
#include "bpf.h"

SEC("tc") NAKED int constant_added(void) { asm volatile("r1 += 8; r0 = *(u32 *)(r1 + 0); exit;"); }
SEC("tc") NAKED int unknown_added(void) { asm volatile("r2 = *(u32 *)(r1 + 0); r2 &= 4; r1 += r2; r0 = *(u32 *)(r1 + 0); exit;"); }
SEC("tc") NAKED int moved_into_helper(void) { asm volatile("r1 += 8; r2 = 64; call 39; r0 = 0; exit;"); }
SEC("tc") NAKED int moved_back(void) { asm volatile("r1 += 8; r1 += -8; r2 = 64; call 39; r0 = 0; exit;"); }
SEC("tc") NAKED int negative(void) { asm volatile("r0 = *(u32 *)(r1 - 4); exit;"); }

LICENSE("GPL");
