// SPDX-License-Identifier: GPL-2.0-only
// Programs on a program that is itself on one: fentry on fentry was refused first and is allowed once since; freplace of fentry never was.
#include "bpf.h"

SEC("fentry/entry") int of_a_trace(u64 *ctx) { return 0; }
SEC("fexit/entry") int result_of_a_trace(u64 *ctx) { u64 result = ctx[1]; FORGET(result); return 0; }
SEC("freplace/entry") int for_a_trace(u64 *ctx) { return 0; }

LICENSE("GPL");
