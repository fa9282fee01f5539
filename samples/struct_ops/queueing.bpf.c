// SPDX-License-Identifier: GPL-2.0-only
// A queueing discipline: arguments and results that come with a reference.
#include "bpf.h"

#define BY_NAME __attribute__((preserve_access_index))

struct sk_buff { u32 len; u64 tstamp; char cb[48]; struct sk_buff *next; } BY_NAME;
struct bpf_sk_buff_ptr { struct sk_buff *skb; };
struct Qdisc { u32 limit; } BY_NAME;
struct nlattr;
struct netlink_ext_ack;
struct Qdisc_ops {
	int (*enqueue)(struct sk_buff *, struct Qdisc *, struct sk_buff **);
	struct sk_buff *(*dequeue)(struct Qdisc *);
	struct sk_buff *(*peek)(struct Qdisc *);
	int (*init)(struct Qdisc *, struct nlattr *, struct netlink_ext_ack *);
	void (*reset)(struct Qdisc *);
	char id[16];
};

extern void bpf_qdisc_skb_drop(struct sk_buff *skb, struct bpf_sk_buff_ptr *to_free) __attribute__((section(".ksyms"), weak));
extern void bpf_kfree_skb(struct sk_buff *skb) __attribute__((section(".ksyms"), weak));
extern u32 bpf_skb_get_hash(struct sk_buff *skb) __attribute__((section(".ksyms"), weak));
extern void bpf_qdisc_bstats_update(struct Qdisc *sch, const struct sk_buff *skb) __attribute__((section(".ksyms"), weak));

struct { NUMBER(type, MAP_PROG_ARRAY); NUMBER(max_entries, 1); NUMBER(key_size, 4); NUMBER(value_size, 4); } programs SEC(".maps");
struct held { struct sk_buff __attribute__((btf_type_tag("kptr"))) *skb; };
struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, struct held); } kept SEC(".maps");
HELPER(194, void *, bpf_kptr_xchg, void *field, void *object);

#define STATE(name, member, program) SEC(".struct_ops") struct Qdisc_ops name = { .member = (void *)program }

SEC("struct_ops") int drops(u64 *ctx) { bpf_qdisc_skb_drop((void *)ctx[0], (void *)ctx[2]); return 1; }
STATE(ops_drops, enqueue, drops);
SEC("struct_ops") int frees(u64 *ctx) { bpf_kfree_skb((void *)ctx[0]); return 1; }
STATE(ops_frees, enqueue, frees);
SEC("struct_ops") int leaks(u64 *ctx) { return 1; }
STATE(ops_leaks, enqueue, leaks);
SEC("struct_ops") int loads_after_release(u64 *ctx) { bpf_kfree_skb((void *)ctx[0]); return ctx[0] != 0; }
STATE(ops_loads_after_release, enqueue, loads_after_release);
SEC("struct_ops") int uses_after_release(u64 *ctx) { struct sk_buff *skb = (void *)ctx[0]; bpf_kfree_skb(skb); return skb->len; }
STATE(ops_uses_after_release, enqueue, uses_after_release);
SEC("struct_ops") int released_twice(u64 *ctx) { struct sk_buff *skb = (void *)ctx[0]; bpf_kfree_skb(skb); bpf_kfree_skb(skb); return 0; }
STATE(ops_released_twice, enqueue, released_twice);
SEC("struct_ops") int drops_with_tail_call(u64 *ctx) { bpf_tail_call(ctx, &programs, 0); bpf_kfree_skb((void *)ctx[0]); return 0; }
STATE(ops_drops_with_tail_call, enqueue, drops_with_tail_call);
SEC("struct_ops") int sets_time(u64 *ctx) { struct sk_buff *skb = (void *)ctx[0]; skb->tstamp = 5; bpf_kfree_skb(skb); return 0; }
STATE(ops_sets_time, enqueue, sets_time);
SEC("struct_ops") int sets_length(u64 *ctx) { struct sk_buff *skb = (void *)ctx[0]; skb->len = 5; bpf_kfree_skb(skb); return 0; }
STATE(ops_sets_length, enqueue, sets_length);
SEC("struct_ops") int sets_time_too_wide(u64 *ctx) { struct sk_buff *skb = (void *)ctx[0]; *(volatile u64 *)&skb->cb[44] = 5; bpf_kfree_skb(skb); return 0; }
STATE(ops_sets_time_too_wide, enqueue, sets_time_too_wide);
SEC("struct_ops") int hashes(u64 *ctx) { u32 hash = bpf_skb_get_hash((void *)ctx[0]); bpf_kfree_skb((void *)ctx[0]); return hash & 1; }
STATE(ops_hashes, enqueue, hashes);
SEC("struct_ops") int counts_at_enqueue(u64 *ctx) { bpf_qdisc_bstats_update((void *)ctx[1], (void *)ctx[0]); bpf_kfree_skb((void *)ctx[0]); return 0; }
STATE(ops_counts_at_enqueue, enqueue, counts_at_enqueue);
SEC("struct_ops") u64 nothing_there(u64 *ctx) { return 0; }
STATE(ops_nothing_there, dequeue, nothing_there);
SEC("struct_ops") u64 a_number(u64 *ctx) { return 1; }
STATE(ops_a_number, dequeue, a_number);
SEC("struct_ops") u64 the_discipline(u64 *ctx) { return ctx[0]; }
STATE(ops_the_discipline, dequeue, the_discipline);
SEC("struct_ops") u64 hands_over(u64 *ctx)
{
	u32 zero = 0;
	struct held *held = bpf_map_lookup_elem(&kept, &zero);
	struct sk_buff *skb;

	if (!held)
		return 0;
	skb = bpf_kptr_xchg(&held->skb, 0);
	if (skb)
		bpf_qdisc_bstats_update((void *)ctx[0], skb);
	return (u64)skb;
}
STATE(ops_hands_over, dequeue, hands_over);
SEC("struct_ops") u64 hands_over_inside(u64 *ctx)
{
	u32 zero = 0;
	struct held *held = bpf_map_lookup_elem(&kept, &zero);
	struct sk_buff *skb;

	if (!held)
		return 0;
	skb = bpf_kptr_xchg(&held->skb, 0);
	if (!skb)
		return 0;
	return (u64)((char *)skb + 8);
}
STATE(ops_hands_over_inside, dequeue, hands_over_inside);
SEC("struct_ops") u64 keeps(u64 *ctx)
{
	u32 zero = 0;
	struct held *held = bpf_map_lookup_elem(&kept, &zero);
	struct sk_buff *skb = (void *)ctx[0];

	if (held)
		skb = bpf_kptr_xchg(&held->skb, skb);
	if (skb)
		bpf_kfree_skb(skb);
	return 0;
}
STATE(ops_keeps, enqueue, keeps);
SEC("struct_ops") u64 never_asked(u64 *ctx) { return 0; }
STATE(ops_never_asked, peek, never_asked);
SEC("struct_ops") int sets_limit(u64 *ctx) { struct Qdisc *sch = (void *)ctx[0]; sch->limit = 100; return 0; }
STATE(ops_sets_limit, init, sets_limit);
SEC("struct_ops") void resets(u64 *ctx) { }
STATE(ops_resets, reset, resets);

LICENSE("GPL");
