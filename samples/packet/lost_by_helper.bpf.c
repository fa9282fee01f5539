// SPDX-License-Identifier: GPL-2.0-only
// A helper that may move the packet makes all pointers into it unusable.
#include "bpf.h"

SEC("xdp") int stale_pointer(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx);

	if (data + 1 > (u8 *)end_of(ctx))
		return XDP_DROP;
	if (bpf_xdp_adjust_head(ctx, 4))
		return XDP_DROP;
	return data[0] ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int loaded_again(struct xdp_md *ctx)
{
	u8 *data;

	if (bpf_xdp_adjust_head(ctx, 4))
		return XDP_DROP;
	data = data_of(ctx);
	if (data + 1 > (u8 *)end_of(ctx))
		return XDP_DROP;
	return data[0] ? XDP_PASS : XDP_DROP;
}

SEC("tc") int stale_after_pull(struct __sk_buff *skb)
{
	u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + 1 > end)
		return TC_OK;
	bpf_skb_pull_data(skb, 64);
	return data[0] ? TC_OK : TC_SHOT;
}

SEC("tc") int harmless_helper(struct __sk_buff *skb)
{
	u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + 1 > end)
		return TC_OK;
	bpf_get_prandom_u32();
	return data[0] ? TC_OK : TC_SHOT;
}

LICENSE("GPL");
