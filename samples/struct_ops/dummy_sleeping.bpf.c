// SPDX-License-Identifier: GPL-2.0-only
// The kernel's own struct for tests: the member where programs may sleep.
#include "bpf.h"

struct bpf_dummy_ops_state { int val; };
struct bpf_dummy_ops { int (*test_sleepable)(struct bpf_dummy_ops_state *); };

SEC("struct_ops.s") int sleeps(u64 *ctx) { return 0; }
SEC(".struct_ops") struct bpf_dummy_ops ops_sleeps = { .test_sleepable = (void *)sleeps };
SEC("struct_ops") int stays_awake(u64 *ctx) { return 0; }
SEC(".struct_ops") struct bpf_dummy_ops ops_stays_awake = { .test_sleepable = (void *)stays_awake };

LICENSE("GPL");
