// SPDX-License-Identifier: GPL-2.0-only
// A callback that acquires a reference and does not release it. 6.1 and 6.12 accept this, and warn in the kernel's log
// (mark_ptr_or_null_regs): a defect of theirs that this sample found.
#include "bpf.h"

struct carried { struct __sk_buff *skb; };

NOINLINE static struct bpf_sock *find(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = { .dport = 80 };

	return bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0);
}

static long lose_one(u32 index, struct carried *c) { return find(c->skb) ? 1 : 0; }

SEC("tc") int leaked_in_callback(struct __sk_buff *skb) { struct carried c = { skb }; return bpf_loop(4, lose_one, &c, 0) > 1; }

LICENSE("GPL");
