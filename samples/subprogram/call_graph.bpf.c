// SPDX-License-Identifier: GPL-2.0-only
// Eight frames at most, so recursion ends there, and subprograms are left by calls and exits only.
#include "bpf.h"

#define LEVEL(name, callee) NOINLINE static int name(u32 x) { FORGET(x); return callee(x) + 1; }

NOINLINE static int level_1(u32 x) { FORGET(x); return x; }
LEVEL(level_2, level_1)
LEVEL(level_3, level_2)
LEVEL(level_4, level_3)
LEVEL(level_5, level_4)
LEVEL(level_6, level_5)
LEVEL(level_7, level_6)
LEVEL(level_8, level_7)

SEC("tc") int eight_frames(struct __sk_buff *skb) { return level_7(skb->len) > 5; }
SEC("tc") int nine_frames(struct __sk_buff *skb) { return level_8(skb->len) > 5; }
NAKED NOINLINE static int count_down(u32 x)
{
	asm volatile("if r1 == 0 goto 1f; r1 += -1; call %[f]; 1: r0 = 0; exit;" :: [f] "i"(count_down));
}
SEC("tc") int recursion(struct __sk_buff *skb) { return count_down(skb->len) > 5; }
SEC("tc") int recursion_of_known_depth(struct __sk_buff *skb) { return count_down(4) > 5; }

NAKED NOINLINE static int no_exit(void) { asm volatile("r0 = 0; r0 = 1;"); }
NAKED NOINLINE static int jumps_out(void) { asm volatile("r0 = 0; if r0 == 0 goto -8; exit;"); }
SEC("tc") NAKED int falls_off_a_subprogram(void) { asm volatile("call %[f]; r0 = 0; exit;" :: [f] "i"(no_exit)); }
SEC("tc") NAKED int jumps_out_of_a_subprogram(void) { asm volatile("call %[f]; r0 = 0; exit;" :: [f] "i"(jumps_out)); }

LICENSE("GPL");
