// SPDX-License-Identifier: GPL-2.0-only
// What a lookup returns may be null until it has been compared.
#include "bpf.h"

struct { NUMBER(type, MAP_HASH); NUMBER(max_entries, 16); TYPE(key, u32); TYPE(value, u64); } counters SEC(".maps");

SEC("xdp") int checked(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 *value = bpf_map_lookup_elem(&counters, &key);

	if (value)
		*value += 1;
	return XDP_PASS;
}

SEC("xdp") int missing(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 *value = bpf_map_lookup_elem(&counters, &key);

	*value += 1;
	return XDP_PASS;
}

SEC("xdp") int inverted(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 *value = bpf_map_lookup_elem(&counters, &key);

	FORGET(value);
	if (!value)
		asm volatile("r1 = *(u64 *)(%0 + 0)" :: "r"(value) : "r1");
	return XDP_PASS;
}

SEC("xdp") int copies_are_checked_together(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 *value = bpf_map_lookup_elem(&counters, &key), *copy = value;

	FORGET(copy);
	if (!value)
		return XDP_DROP;
	return *copy ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int two_lookups_are_not(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 *first = bpf_map_lookup_elem(&counters, &key), *second = bpf_map_lookup_elem(&counters, &key);

	if (!first)
		return XDP_DROP;
	return *second ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int arithmetic_before_check(struct xdp_md *ctx)
{
	u32 key = 1;
	u64 *value = bpf_map_lookup_elem(&counters, &key);

	FORGET(value);
	asm volatile("%0 += 4" : "+r"(value));
	return value ? XDP_PASS : XDP_DROP;
}

LICENSE("GPL");
