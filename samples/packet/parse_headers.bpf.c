// SPDX-License-Identifier: GPL-2.0-only
// Ethernet, IPv4 with options, TCP: each header proved before it is read.
#include "bpf.h"

#define ETH_IPV4 0x0008
#define TCP 6

SEC("xdp") int drop_port_80(struct xdp_md *ctx)
{
	void *end = end_of(ctx);
	struct ethernet *eth = data_of(ctx);
	struct ipv4 *ip = (void *)(eth + 1);
	struct tcp *tcp;
	u32 header;

	if ((void *)(ip + 1) > end || eth->protocol != ETH_IPV4 || ip->protocol != TCP)
		return XDP_PASS;
	header = (ip->version_ihl & 15) * 4;
	if (header < sizeof(*ip))
		return XDP_DROP;
	tcp = (void *)ip + header;
	if ((void *)(tcp + 1) > end)
		return XDP_PASS;
	return tcp->dest == 0x5000 ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int options_forgotten_in_check(struct xdp_md *ctx)
{
	void *end = end_of(ctx);
	struct ethernet *eth = data_of(ctx);
	struct ipv4 *ip = (void *)(eth + 1);
	struct tcp *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end)
		return XDP_PASS;
	tcp = (void *)ip + (ip->version_ihl & 15) * 4;
	return tcp->dest == 0x5000 ? XDP_DROP : XDP_PASS;
}

LICENSE("GPL");
