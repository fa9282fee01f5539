// SPDX-License-Identifier: GPL-2.0-only
// A whole small tc program: rewrites the destination port of UDP and mends the checksum.
#include "bpf.h"

#define ETH_IPV4 0x0008
#define UDP 17

struct { NUMBER(type, MAP_HASH); NUMBER(max_entries, 256); TYPE(key, u16); TYPE(value, u16); } ports SEC(".maps");

SEC("tc") int rewrite(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethernet *eth = data;
	struct ipv4 *ip = (void *)(eth + 1);
	struct udp *udp = (void *)(ip + 1);
	u32 at = sizeof(*eth) + sizeof(*ip);
	u16 port, *replacement;

	if ((void *)(udp + 1) > end || eth->protocol != ETH_IPV4 || ip->protocol != UDP || ip->version_ihl != 0x45)
		return TC_OK;
	port = udp->dest;
	replacement = bpf_map_lookup_elem(&ports, &port);
	if (!replacement)
		return TC_OK;
	bpf_l4_csum_replace(skb, at + 6, port, *replacement, 2);
	bpf_skb_store_bytes(skb, at + 2, replacement, 2, 0);
	return TC_OK;
}

LICENSE("GPL");
