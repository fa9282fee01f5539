// SPDX-License-Identifier: GPL-2.0-only
// What a program may return, by type and hook.
#include "bpf.h"

#define RETURN(name, section, value) SEC(section) NAKED int name(void) { asm volatile("r0 = " value "; exit;"); }

RETURN(xdp_any, "xdp", "12345")
RETURN(ingress_one, "cgroup_skb/ingress", "1")
RETURN(ingress_two, "cgroup_skb/ingress", "2")
RETURN(egress_three, "cgroup_skb/egress", "3")
RETURN(egress_four, "cgroup_skb/egress", "4")
RETURN(sock_two, "cgroup/sock_create", "2")
RETURN(bind_three, "cgroup/bind4", "3")
RETURN(bind_four, "cgroup/bind4", "4")
RETURN(connect_two, "cgroup/connect4", "2")
RETURN(receive_zero, "cgroup/recvmsg4", "0")
RETURN(receive_one, "cgroup/recvmsg4", "1")
RETURN(lookup_one, "sk_lookup", "1")
RETURN(lookup_two, "sk_lookup", "2")
RETURN(device_two, "cgroup/dev", "2")
RETURN(sysctl_two, "cgroup/sysctl", "2")
RETURN(sockops_two, "sockops", "2")
RETURN(tracing_zero, "tp_btf/sched_switch", "0")
RETURN(tracing_one, "tp_btf/sched_switch", "1")
RETURN(entry_one, "fentry/do_nanosleep", "1")
RETURN(exit_one, "fexit/do_nanosleep", "1")
RETURN(lsm_error, "lsm/file_open", "-1")
RETURN(lsm_positive, "lsm/file_open", "1")
RETURN(netfilter_accept, "netfilter", "1")
RETURN(netfilter_queue, "netfilter", "3")

SEC("cgroup_skb/ingress") int unknown(struct __sk_buff *skb) { return skb->len; }
SEC("cgroup_skb/ingress") int unknown_masked(struct __sk_buff *skb) { return skb->len & 1; }

LICENSE("GPL");
