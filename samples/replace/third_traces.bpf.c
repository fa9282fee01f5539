// SPDX-License-Identifier: GPL-2.0-only
// fentry on fentry on fentry.
#include "bpf.h"

SEC("fentry/of_a_trace") int of_a_trace_of_a_trace(u64 *ctx) { return 0; }

LICENSE("GPL");
