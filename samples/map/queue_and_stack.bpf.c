// SPDX-License-Identifier: GPL-2.0-only
// Queues and stacks have no keys: push, pop and peek.
#include "bpf.h"

struct { NUMBER(type, MAP_QUEUE); NUMBER(max_entries, 8); TYPE(value, u64); } queue SEC(".maps");
struct { NUMBER(type, MAP_STACK); NUMBER(max_entries, 8); TYPE(value, u64); } stack SEC(".maps");

SEC("tc") int push_and_pop(struct __sk_buff *skb)
{
	u64 value = skb->len;

	bpf_map_push_elem(&queue, &value, 0);
	bpf_map_pop_elem(&stack, &value);
	return value > 5;
}

SEC("tc") int peek_without_initialising(struct __sk_buff *skb)
{
	u64 value;

	return bpf_map_peek_elem(&queue, &value) ? 0 : value > 5;
}

SEC("tc") int lookup_in_a_queue(struct __sk_buff *skb)
{
	u64 key = 0;

	return bpf_map_lookup_elem(&queue, &key) ? 1 : 0;
}

LICENSE("GPL");
