// SPDX-License-Identifier: GPL-2.0-only
// References and subprograms, tail calls, callbacks.
#include "bpf.h"

struct { NUMBER(type, MAP_PROG_ARRAY); NUMBER(max_entries, 4); NUMBER(key_size, 4); NUMBER(value_size, 4); } programs SEC(".maps");

NOINLINE static struct bpf_sock *find(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = { .dport = 80 };

	return bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0);
}

NOINLINE static int give_back(struct bpf_sock *sk) { if (sk) bpf_sk_release(sk); return 0; }
struct carried { struct __sk_buff *skb; };

static long balanced(u32 index, struct carried *c) { give_back(find(c->skb)); return 0; }

SEC("tc") int found_and_released_elsewhere(struct __sk_buff *skb) { return give_back(find(skb)); }
SEC("tc") int found_elsewhere_and_leaked(struct __sk_buff *skb) { return find(skb) ? 1 : 0; }
SEC("tc") int held_over_tail_call(struct __sk_buff *skb) { struct bpf_sock *sk = find(skb); bpf_tail_call(skb, &programs, 0); return give_back(sk); }
SEC("tc") int released_before_tail_call(struct __sk_buff *skb) { give_back(find(skb)); bpf_tail_call(skb, &programs, 0); return 0; }
SEC("tc") int balanced_in_callback(struct __sk_buff *skb) { struct carried c = { skb }; return bpf_loop(4, balanced, &c, 0) > 1; }

LICENSE("GPL");
