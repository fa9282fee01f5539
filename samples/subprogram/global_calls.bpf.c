// SPDX-License-Identifier: GPL-2.0-only
// Global functions are verified once, for whatever their types allow.
#include "bpf.h"

struct pair { u32 a, b; };

NOINLINE int add(u32 a, u32 b) { FORGET(a); return a + b; }
NOINLINE int sum_of(struct pair *p) { return p ? p->a + p->b : 0; }
NOINLINE int sum_unchecked(struct pair *p) { FORGET(p); return p->a + p->b; }
NOINLINE int length_of(struct __sk_buff *skb) { return skb->len; }
NOINLINE int past_the_end(struct pair *p) { return p ? ((volatile u32 *)p)[2] : 0; }
NOINLINE void nothing(u32 a) { FORGET(a); }
NOINLINE int of_a_number(u8 *p) { return p ? *p : 0; }

SEC("tc") int numbers(struct __sk_buff *skb) { return add(skb->len, skb->mark) > 5; }
SEC("tc") int memory(struct __sk_buff *skb) { struct pair p = { skb->len, 1 }; return sum_of(&p) > 5; }
SEC("tc") int null_not_expected(struct __sk_buff *skb) { struct pair p = { skb->len, 1 }; return sum_unchecked(&p) > 5; }
SEC("tc") int context(struct __sk_buff *skb) { return length_of(skb) > 5; }
SEC("tc") int reads_past_the_type(struct __sk_buff *skb) { struct pair p = { skb->len, 1 }; return past_the_end(&p) > 5; }
SEC("tc") int without_result(struct __sk_buff *skb) { nothing(skb->len); return 0; }
SEC("tc") int result_is_unknown(struct __sk_buff *skb) { u8 table[8] = {}; return ((volatile u8 *)table)[add(1, 2)]; }
SEC("tc") int number_for_memory(struct __sk_buff *skb) { return of_a_number((u8 *)(long)skb->len); }
SEC("tc") int null_for_memory(struct __sk_buff *skb) { return of_a_number(0); }
SEC("tc") int too_little_memory(struct __sk_buff *skb) { u32 x = skb->len; return sum_of((struct pair *)&x) > 5; }

LICENSE("GPL");
