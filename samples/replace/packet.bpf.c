// SPDX-License-Identifier: GPL-2.0-only
// The program whose functions extensions.bpf.c replaces and traces.bpf.c traces.
#include "bpf.h"

HELPER(38, long, bpf_skb_change_tail, void *skb, u32 length, u64 flags);

NOINLINE int first_byte(struct __sk_buff *skb, int offset)
{
	u8 *data = (void *)(long)skb->data;

	return (void *)(data + 1) > (void *)(long)skb->data_end ? -1 : *data + offset;
}

NOINLINE int cut(struct __sk_buff *skb) { return bpf_skb_change_tail(skb, 64, 0); }
NOINLINE u64 stamp(struct __sk_buff *skb) { return skb->tstamp; }
NOINLINE static int hidden(struct __sk_buff *skb) { return skb->len ^ skb->mark; }
NOINLINE static int of_a_number(u32 length) { FORGET(length); return length + 1; }

SEC("tc") int packet(struct __sk_buff *skb) { return first_byte(skb, 1) + cut(skb) + stamp(skb) + hidden(skb) + of_a_number(skb->len); }

// No program calls it: newer kernels leave it out.
NOINLINE int unused(struct __sk_buff *skb) { return skb->len; }

LICENSE("GPL");
