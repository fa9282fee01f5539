// SPDX-License-Identifier: GPL-2.0-only
// Something for the how-tos to check: a field that came in 6.6, read with and without a question, and a function whose arguments changed.
// clang -target bpf -O2 -g -mcpu=v3 -ffile-prefix-map=$PWD=. -fdebug-compilation-dir=. -I ../../samples/include -c probe.bpf.c
#include "bpf.h"

struct sched_entity { s64 vlag; } __attribute__((preserve_access_index));
struct task_struct { struct sched_entity se; } __attribute__((preserve_access_index));

s64 lag;

SEC("tp_btf/sched_switch")
int asks_first(u64 *ctx)
{
	struct task_struct *previous = (void *)ctx[1];

	if (__builtin_preserve_field_info(previous->se.vlag, 2))
		lag = previous->se.vlag;
	return 0;
}

SEC("tp_btf/sched_switch")
int takes_it_for_granted(u64 *ctx)
{
	struct task_struct *previous = (void *)ctx[1];

	lag = previous->se.vlag;
	return 0;
}

SEC("fentry/vfs_unlink")
int counts(u64 *ctx)
{
	lag++;
	return 0;
}

LICENSE("GPL");
