// SPDX-License-Identifier: GPL-2.0-only
// Back edges are allowed since 5.3, as long as the walk comes to an end.
#include "bpf.h"

SEC("socket") NAKED int jump_to_itself(void) { asm volatile("r0 = 0; 1: goto 1b; exit;"); }
SEC("socket") NAKED int same_state_again(void) { asm volatile("r0 = 0; 1: r0 = 0; if r0 == 0 goto 1b; exit;"); }
SEC("socket") NAKED int unknown_condition(void)
{
	asm volatile("r6 = r1; 1: r0 = *(u32 *)(r6 + 0); if r0 != 0 goto 1b; exit;");
}
SEC("socket") NAKED int counts_down(void) { asm volatile("r0 = 10; 1: r0 += -1; if r0 != 0 goto 1b; exit;"); }

LICENSE("GPL");
