// SPDX-License-Identifier: GPL-2.0-only
// The smallest program of each common type.
#include "bpf.h"

SEC("xdp") int xdp_pass(struct xdp_md *ctx) { return XDP_PASS; }
SEC("tc") int tc_ok(struct __sk_buff *skb) { return TC_OK; }
SEC("socket") int socket_keep(struct __sk_buff *skb) { return -1; }
SEC("cgroup_skb/ingress") int cgroup_allow(struct __sk_buff *skb) { return 1; }
SEC("cgroup/sock_create") int sock_allow(struct bpf_sock *sk) { return 1; }
SEC("kprobe/do_nanosleep") int kprobe_zero(struct pt_regs *regs) { return 0; }
SEC("tracepoint/sched/sched_switch") int tracepoint_zero(void *ctx) { return 0; }
SEC("perf_event") int perf_zero(struct bpf_perf_event_data *ctx) { return 0; }
SEC("raw_tracepoint/sched_switch") int raw_zero(struct bpf_raw_tracepoint_args *ctx) { return 0; }

LICENSE("GPL");
