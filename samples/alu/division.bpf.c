// SPDX-License-Identifier: GPL-2.0-only
// Division by a register that may be zero is defined; by a constant zero it is refused.
#include "bpf.h"

SEC("tc") int by_register(struct __sk_buff *skb) { return skb->len / skb->mark; }
SEC("tc") int remainder_by_register(struct __sk_buff *skb) { return skb->len % skb->mark; }
SEC("tc") NAKED int by_zero(void) { asm volatile("r0 = 1; .byte 0x37, 0, 0, 0, 0, 0, 0, 0; exit;"); }
SEC("tc") NAKED int by_zero_in_32_bits(void) { asm volatile("r0 = 1; .byte 0x34, 0, 0, 0, 0, 0, 0, 0; exit;"); }
SEC("tc") NAKED int remainder_by_zero(void) { asm volatile("r0 = 1; .byte 0x97, 0, 0, 0, 0, 0, 0, 0; exit;"); }
SEC("tc") NAKED int pointer_divided(void) { asm volatile("r1 /= 2; r0 = 0; exit;"); }

LICENSE("GPL");
