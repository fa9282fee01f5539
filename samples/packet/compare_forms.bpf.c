// SPDX-License-Identifier: GPL-2.0-only
// Every comparison of a packet pointer with the packet's end, in both orders; eight bytes are proved and read.
#include "bpf.h"

#define START "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 8; r0 = 0; "
#define READ "r0 = *(u64 *)(r2 + 0); "

SEC("xdp") NAKED int data_gt_end(void) { asm volatile(START "if r4 > r3 goto 1f;" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int data_ge_end(void) { asm volatile(START "if r4 >= r3 goto 1f;" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int data_lt_end(void) { asm volatile(START "if r4 < r3 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int data_le_end(void) { asm volatile(START "if r4 <= r3 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int end_gt_data(void) { asm volatile(START "if r3 > r4 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int end_ge_data(void) { asm volatile(START "if r3 >= r4 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int end_lt_data(void) { asm volatile(START "if r3 < r4 goto 1f;" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int end_le_data(void) { asm volatile(START "if r3 <= r4 goto 1f;" READ "1: r0 = 2; exit;"); }

/* The other side of each comparison proves nothing. */
SEC("xdp") NAKED int data_gt_end_wrong(void) { asm volatile(START "if r4 > r3 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int data_le_end_wrong(void) { asm volatile(START "if r4 <= r3 goto 1f;" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int end_gt_data_wrong(void) { asm volatile(START "if r3 > r4 goto 1f;" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int equal_proves_nothing(void) { asm volatile(START "if r4 == r3 goto 2f; goto 1f; 2:" READ "1: r0 = 2; exit;"); }
SEC("xdp") NAKED int signed_proves_nothing(void) { asm volatile(START "if r4 s> r3 goto 1f;" READ "1: r0 = 2; exit;"); }

LICENSE("GPL");
