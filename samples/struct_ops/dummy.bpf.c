// SPDX-License-Identifier: GPL-2.0-only
// The kernel's own struct for tests: an argument that may be null, and a member where programs may sleep (of newer releases).
#include "bpf.h"

#define BY_NAME __attribute__((preserve_access_index))

struct bpf_dummy_ops_state { int val; } BY_NAME;
struct task_struct { int pid; } BY_NAME;
struct bpf_dummy_ops {
	int (*test_1)(struct bpf_dummy_ops_state *);
	int (*test_2)(struct bpf_dummy_ops_state *, int, unsigned short, char, unsigned long);
};

#define STATE(name, member, program) SEC(".struct_ops") struct bpf_dummy_ops name = { .member = (void *)program }

SEC("struct_ops") int state_checked(u64 *ctx) { struct bpf_dummy_ops_state *s = (void *)ctx[0]; return s ? s->val : 0; }
STATE(ops_state_checked, test_1, state_checked);
SEC("struct_ops") int state_unchecked(u64 *ctx) { struct bpf_dummy_ops_state *s = (void *)ctx[0]; return s->val; }
STATE(ops_state_unchecked, test_1, state_unchecked);
SEC("struct_ops") int state_never_null(u64 *ctx) { struct bpf_dummy_ops_state *s = (void *)ctx[0]; s->val = ctx[4]; return s->val + (u16)ctx[2]; }
STATE(ops_state_never_null, test_2, state_never_null);
SEC("struct_ops") int state_too_wide(u64 *ctx) { *(volatile u64 *)ctx[0] = 1; return 0; }
STATE(ops_state_too_wide, test_2, state_too_wide);
SEC("struct_ops") int beyond_state(u64 *ctx) { ((volatile int *)ctx[0])[1] = 1; return 0; }
STATE(ops_beyond_state, test_2, beyond_state);
SEC("struct_ops") int reads_beyond_state(u64 *ctx) { return ((volatile int *)ctx[0])[1]; }
STATE(ops_reads_beyond_state, test_2, reads_beyond_state);
SEC("struct_ops") int half_of_state(u64 *ctx) { ((volatile char *)ctx[0])[3] = 1; return 0; }
STATE(ops_half_of_state, test_2, half_of_state);
SEC("struct_ops") int no_helpers(u64 *ctx) { return bpf_ktime_get_ns(); }
STATE(ops_no_helpers, test_2, no_helpers);
SEC("struct_ops.s") int sleeps_elsewhere(u64 *ctx) { return 0; }
STATE(ops_sleeps_elsewhere, test_2, sleeps_elsewhere);

LICENSE("GPL");
