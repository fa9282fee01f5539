// SPDX-License-Identifier: GPL-2.0-only
// The old packet loads: r6 holds the context, the result is in r0, r1 to r5 are lost.
#include "bpf.h"

#define ASM(name, section, text) SEC(section) NAKED int name(void) { asm volatile(text "exit;"); }

ASM(absolute, "socket", "r6 = r1; r0 = *(u8 *)skb[14];")
ASM(indirect, "socket", "r6 = r1; r7 = 4; r0 = *(u16 *)skb[r7];")
ASM(context_not_in_r6, "socket", "r0 = *(u8 *)skb[14];")
ASM(not_in_xdp, "xdp", "r6 = r1; r0 = *(u8 *)skb[14];")
ASM(r1_lost, "socket", "r6 = r1; r0 = *(u8 *)skb[14]; r0 = r1;")
ASM(index_unset, "socket", "r6 = r1; r0 = *(u8 *)skb[r7];")

LICENSE("GPL");
