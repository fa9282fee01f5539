// SPDX-License-Identifier: GPL-2.0-only
// A struct attached by a link, which not every release has.
#include "bpf.h"

struct sock;
struct tcp_congestion_ops { void (*init)(struct sock *); };

SEC("struct_ops") void nothing(u64 *ctx) { }
SEC(".struct_ops.link") struct tcp_congestion_ops ops = { .init = (void *)nothing };

LICENSE("GPL");
