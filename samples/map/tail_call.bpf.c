// SPDX-License-Identifier: GPL-2.0-only
// Tail calls go through a program array, with the program's own context.
#include "bpf.h"

struct { NUMBER(type, MAP_PROG_ARRAY); NUMBER(max_entries, 4); NUMBER(key_size, 4); NUMBER(value_size, 4); } programs SEC(".maps");
struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u32); } array SEC(".maps");

SEC("tc") int by_constant(struct __sk_buff *skb) { bpf_tail_call(skb, &programs, 1); return TC_OK; }
SEC("tc") int by_variable(struct __sk_buff *skb) { bpf_tail_call(skb, &programs, skb->mark); return TC_OK; }
SEC("tc") int through_an_array(struct __sk_buff *skb) { bpf_tail_call(skb, &array, 1); return TC_OK; }
SEC("tc") int without_context(struct __sk_buff *skb) { bpf_tail_call((void *)0, &programs, 1); return TC_OK; }
SEC("tc") int lookup_of_a_program(struct __sk_buff *skb)
{
	u32 key = 1;

	return bpf_map_lookup_elem(&programs, &key) ? TC_OK : TC_SHOT;
}

NOINLINE static int from_subprogram(struct __sk_buff *skb) { bpf_tail_call(skb, &programs, 2); return 1; }
SEC("tc") int in_a_subprogram(struct __sk_buff *skb) { return from_subprogram(skb) + 1; }

LICENSE("GPL");
