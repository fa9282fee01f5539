// SPDX-License-Identifier: GPL-2.0-only
// Reading a packet without a comparison with its end.
#include "bpf.h"

SEC("xdp") int no_check(struct xdp_md *ctx) { return *(u8 *)data_of(ctx); }

SEC("xdp") int checked(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx);

	if (data + 1 > (u8 *)end_of(ctx))
		return XDP_DROP;
	return data[0] ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int check_too_short(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx);

	if (data + 4 > (u8 *)end_of(ctx))
		return XDP_DROP;
	return data[4] ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int check_in_other_branch(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx);

	if (data + 1 > (u8 *)end_of(ctx))
		return data[0];
	return XDP_PASS;
}

SEC("xdp") int before_the_start(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx);

	if (data + 1 > (u8 *)end_of(ctx))
		return XDP_DROP;
	return data[-1];
}

LICENSE("GPL");
