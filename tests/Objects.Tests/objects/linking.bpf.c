// SPDX-License-Identifier: GPL-2.0-only
// Subprograms of all kinds, called in different orders from several programs.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int counter;
static volatile const int limit = 9;
const char text[] = "some text";
static int hidden_state SEC(".data.private");

static __noinline int leaf(int x) { return x * limit; }
static __noinline int middle(int x) { counter += x; return leaf(x) + leaf(x + 1); }
__noinline int global_sub(int x) { return middle(x) + 1; }
__attribute__((visibility("hidden"))) __noinline int hidden_sub(int x) { hidden_state = x; return global_sub(x); }
__weak int weak_sub(int x) { return leaf(x); }
static int each(__u32 i, void *data) { *(int *)data += leaf(i); return 0; }
static int other(__u32 i, void *data) { *(int *)data += hidden_sub(i); return 0; }

SEC("xdp") int one(struct xdp_md *ctx) { return global_sub(ctx->ingress_ifindex); }
SEC("xdp") int two(struct xdp_md *ctx) { return leaf(ctx->ingress_ifindex) + global_sub(2); }
SEC("tc") int three(struct __sk_buff *skb) { return hidden_sub(skb->len) + weak_sub(1); }
SEC("tc") int callbacks(struct __sk_buff *skb)
{
	int sum = 0;
	bpf_loop(4, each, &sum, 0);
	bpf_loop(4, other, &sum, 0);
	return sum;
}
SEC("tc") int alone(struct __sk_buff *skb) { return text[skb->len & 7]; }
SEC("?tc") int optional(struct __sk_buff *skb) { return weak_sub(7); }
char LICENSE[] SEC("license") = "Dual MIT/GPL";
