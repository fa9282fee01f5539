// SPDX-License-Identifier: GPL-2.0-only
// A strict comparison proves one byte more than the other one.
#include "bpf.h"

#define START "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 7; r0 = 0; "
#define READ "r0 = *(u8 *)(r2 + 7); "

SEC("xdp") NAKED int strict_reaches_next_byte(void) { asm volatile(START "if r4 < r3 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int not_strict_does_not(void) { asm volatile(START "if r4 <= r3 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int strict_other_order(void) { asm volatile(START "if r3 > r4 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int ge_leaves_strict(void) { asm volatile(START "if r4 >= r3 goto 1f;" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int gt_leaves_equal(void) { asm volatile(START "if r4 > r3 goto 1f;" READ "1: r0 = 2; exit;"); }

LICENSE("GPL");
