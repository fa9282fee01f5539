// SPDX-License-Identifier: GPL-2.0-only
// A program whose result is limited, for filter_extensions.bpf.c.
#include "bpf.h"

NOINLINE int allows(struct bpf_sock_addr *ctx) { return ctx->user_port; }
SEC("cgroup/connect4") int filter(struct bpf_sock_addr *ctx) { return allows(ctx) & 1; }

LICENSE("GPL");
