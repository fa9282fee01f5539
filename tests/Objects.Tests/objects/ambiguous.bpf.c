// SPDX-License-Identifier: GPL-2.0-only
// Two of the kernel's types bear the name and disagree.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct split { int field; } __attribute__((preserve_access_index));
SEC("raw_tp/x") int ambiguous(struct bpf_raw_tracepoint_args *ctx) { return ((struct split *)ctx->args[0])->field; }
SEC("raw_tp/x") int untouched(void *ctx) { return 0; }
char LICENSE[] SEC("license") = "GPL";
