// SPDX-License-Identifier: GPL-2.0-only
// bpf_loop: the callback is verified, its context must be a pointer, its result zero or one.
#include "bpf.h"

struct state { u32 sum, limit; };

static long add(u32 index, struct state *s) { s->sum += index; return 0; }
static long stop_early(u32 index, struct state *s) { return index > s->limit; }
static long result_unknown(u32 index, struct state *s) { return bpf_get_prandom_u32(); }
static long writes_past(u32 index, struct state *s) { ((volatile u32 *)s)[2] = index; return 0; }
static long ignores(u32 index, void *nothing) { return 0; }
static long reads_null(u32 index, struct state *s) { return s->limit; }

SEC("tc") int sum_up(struct __sk_buff *skb) { struct state s = {}; bpf_loop(100, add, &s, 0); return s.sum > 5; }
SEC("tc") int stops(struct __sk_buff *skb) { struct state s = { 0, skb->len }; bpf_loop(skb->mark, stop_early, &s, 0); return 0; }
SEC("tc") int bad_result(struct __sk_buff *skb) { struct state s = {}; bpf_loop(100, result_unknown, &s, 0); return 0; }
SEC("tc") int overruns(struct __sk_buff *skb) { struct state s = {}; bpf_loop(100, writes_past, &s, 0); return 0; }
SEC("tc") int no_context(struct __sk_buff *skb) { return bpf_loop(100, ignores, (void *)0, 0) == 0; }
SEC("tc") int null_context_read(struct __sk_buff *skb) { return bpf_loop(100, reads_null, (void *)0, 0) == 0; }
SEC("tc") int flags_set(struct __sk_buff *skb) { struct state s = {}; bpf_loop(100, add, &s, 1); return s.sum > 5; }

SEC("tc") int value_after_loop_unknown(struct __sk_buff *skb)
{
	struct state s = {};
	u8 table[8] = {};

	bpf_loop(3, add, &s, 0);
	FORGET(s.sum);
	return ((volatile u8 *)table)[s.sum];
}

LICENSE("GPL");
