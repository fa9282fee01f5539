// SPDX-License-Identifier: GPL-2.0-only
// The control flow graph is checked before anything else.
#include "bpf.h"

SEC("socket") NAKED int unreachable(void) { asm volatile("r0 = 0; exit; r0 = 1; exit;"); }
SEC("socket") NAKED int unreachable_after_jump(void) { asm volatile("r0 = 0; goto 1f; r0 = 1; 1: exit;"); }
SEC("socket") NAKED int jump_past_end(void) { asm volatile("r0 = 0; goto +5; exit;"); }
SEC("socket") NAKED int jump_before_start(void) { asm volatile("r0 = 0; if r0 == 0 goto -5; exit;"); }
SEC("socket") NAKED int falls_off_the_end(void) { asm volatile("r0 = 0; r1 = 0;"); }
SEC("socket") NAKED int jump_into_wide_load(void) { asm volatile("r0 = 0; if r0 == 0 goto +1; r1 = 0x1122334455667788 ll; exit;"); }
SEC("socket") NAKED int straight(void) { asm volatile("r0 = 0; goto 1f; 1: exit;"); }

LICENSE("GPL");
