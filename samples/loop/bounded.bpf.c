// SPDX-License-Identifier: GPL-2.0-only
// Loops whose end the verifier can see, and loops it cannot.
#include "bpf.h"

SEC("xdp") int to_a_constant(struct xdp_md *ctx)
{
	u32 sum = 0;

	for (u32 i = 0; i < 20; i++)
		sum += bpf_get_prandom_u32();
	return sum > 5 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int nested(struct xdp_md *ctx)
{
	u32 sum = 0;

	for (u32 i = 0; i < 6; i++)
		for (u32 j = 0; j < 7; j++)
			sum += bpf_get_prandom_u32();
	return sum > 5 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int to_a_bounded_variable(struct xdp_md *ctx)
{
	u32 sum = 0, n = ctx->rx_queue_index & 31;

	for (u32 i = 0; i < n; i++)
		sum += bpf_get_prandom_u32();
	return sum > 5 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int until_something_happens(struct xdp_md *ctx)
{
	while (bpf_get_prandom_u32())
		;
	return XDP_PASS;
}

SEC("xdp") int over_the_packet(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx), *end = end_of(ctx);
	u32 sum = 0;

	for (u32 i = 0; i < 64; i++) {
		if (data + i + 1 > end)
			break;
		sum += data[i];
	}
	return sum & 1 ? XDP_PASS : XDP_DROP;
}

LICENSE("GPL");
