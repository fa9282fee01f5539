// SPDX-License-Identifier: GPL-2.0-only
// A socket that was looked up must be released on every path, once, and only if it was found.
#include "bpf.h"

#define LOOKUP struct bpf_sock_tuple tuple = { .dport = 80 }; struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0)

SEC("tc") int released(struct __sk_buff *skb) { LOOKUP; if (sk) bpf_sk_release(sk); return 0; }
SEC("tc") int read_and_released(struct __sk_buff *skb) { u32 state = 0; LOOKUP; if (sk) { state = sk->state; bpf_sk_release(sk); } return state; }
SEC("tc") int leaked(struct __sk_buff *skb) { LOOKUP; return sk ? 1 : 0; }
SEC("tc") int leaked_on_one_path(struct __sk_buff *skb) { LOOKUP; if (!sk) return 0; if (sk->state == 1) return 1; bpf_sk_release(sk); return 0; }
SEC("tc") int result_ignored(struct __sk_buff *skb) { LOOKUP; FORGET(sk); return 0; }
SEC("tc") int released_twice(struct __sk_buff *skb) { LOOKUP; if (sk) { bpf_sk_release(sk); bpf_sk_release(sk); } return 0; }
SEC("tc") int released_unchecked(struct __sk_buff *skb) { LOOKUP; bpf_sk_release(sk); return 0; }
SEC("tc") int used_after_release(struct __sk_buff *skb) { LOOKUP; if (!sk) return 0; bpf_sk_release(sk); return sk->state; }
SEC("tc") int context_socket_released(struct __sk_buff *skb) { struct bpf_sock *sk = skb->sk; if (sk) bpf_sk_release(sk); return 0; }
SEC("tc") int written(struct __sk_buff *skb) { LOOKUP; if (sk) { *(volatile u32 *)&sk->mark = 1; bpf_sk_release(sk); } return 0; }

SEC("tc") int second_lookup_leaks_first(struct __sk_buff *skb)
{
	struct bpf_sock_tuple tuple = { .dport = 80 };
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0);

	if (sk)
		sk = bpf_sk_lookup_tcp(skb, &tuple, sizeof(tuple), -1, 0);
	if (sk)
		bpf_sk_release(sk);
	return 0;
}

LICENSE("GPL");
