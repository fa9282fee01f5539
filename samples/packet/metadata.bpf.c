// SPDX-License-Identifier: GPL-2.0-only
// The metadata area before the packet has bounds of its own: from data_meta to data.
#include "bpf.h"

SEC("xdp") int write_checked(struct xdp_md *ctx)
{
	u32 *meta;

	if (bpf_xdp_adjust_meta(ctx, -4))
		return XDP_PASS;
	meta = (void *)(long)ctx->data_meta;
	if ((void *)(meta + 1) > data_of(ctx))
		return XDP_PASS;
	*meta = 1;
	return XDP_PASS;
}

SEC("xdp") int compared_with_packet_end(struct xdp_md *ctx)
{
	u32 *meta = (void *)(long)ctx->data_meta;

	if ((void *)(meta + 1) > end_of(ctx))
		return XDP_PASS;
	return *meta ? XDP_PASS : XDP_DROP;
}

LICENSE("GPL");
