// SPDX-License-Identifier: GPL-2.0-only
// Programs in place of a kernel struct's members are for GPL-compatible licenses.
#include "bpf.h"

struct sock;
struct tcp_congestion_ops { void (*init)(struct sock *); };

SEC("struct_ops") void not_gpl(u64 *ctx) { }
SEC(".struct_ops") struct tcp_congestion_ops ops = { .init = (void *)not_gpl };

LICENSE("Proprietary");
