// SPDX-License-Identifier: GPL-2.0-only
// Who may write to packet data, and who may not even read it.
#include "bpf.h"

INLINE int flip(u32 start, u32 stop)
{
	u8 *data = (void *)(long)start, *end = (void *)(long)stop;

	if (data + 1 > end)
		return 0;
	data[0] ^= 1;
	return 0;
}

INLINE int peek(u32 start, u32 stop)
{
	u8 *data = (void *)(long)start, *end = (void *)(long)stop;

	return data + 1 > end ? 0 : data[0] & 1;
}

SEC("xdp") int xdp_writes(struct xdp_md *ctx) { return flip(ctx->data, ctx->data_end); }
SEC("tc") int tc_writes(struct __sk_buff *skb) { return flip(skb->data, skb->data_end); }
SEC("cgroup_skb/egress") int cgroup_reads(struct __sk_buff *skb) { return peek(skb->data, skb->data_end); }
SEC("cgroup_skb/egress") int cgroup_writes(struct __sk_buff *skb) { return flip(skb->data, skb->data_end); }
SEC("socket") int socket_reads(struct __sk_buff *skb) { return peek(skb->data, skb->data_end); }
SEC("lwt_in") int lwt_in_reads(struct __sk_buff *skb) { return peek(skb->data, skb->data_end); }
SEC("lwt_in") int lwt_in_writes(struct __sk_buff *skb) { return flip(skb->data, skb->data_end); }

LICENSE("GPL");
