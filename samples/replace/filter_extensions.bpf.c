// SPDX-License-Identifier: GPL-2.0-only
// What a replaced program may return, read and write, its replacement may too.
#include "bpf.h"

SEC("freplace/filter") int one(struct bpf_sock_addr *ctx) { return 1; }
SEC("freplace/filter") int two(struct bpf_sock_addr *ctx) { return 2; }
SEC("freplace/allows") int two_of_a_function(struct bpf_sock_addr *ctx) { return 2; }
SEC("freplace/filter") int writes_the_address(struct bpf_sock_addr *ctx) { ctx->user_ip4 = 1; return 1; }
SEC("freplace/filter") int reads_another_address(struct bpf_sock_addr *ctx) { return ctx->user_ip6[0] == 1; }
SEC("fentry/filter") int trace(u64 *ctx) { return 0; }
SEC("fexit/filter") int trace_returns_one(u64 *ctx) { return 1; }

LICENSE("GPL");
