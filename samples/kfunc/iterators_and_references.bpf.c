// SPDX-License-Identifier: GPL-2.0-only
// Functions of the kernel called by type: what each release offers differs.
#include "kernel.h"

struct bpf_iter_num { u64 opaque[1]; } __attribute__((aligned(8)));

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __attribute__((section(".ksyms"), weak));
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __attribute__((section(".ksyms"), weak));
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __attribute__((section(".ksyms"), weak));
extern struct task_struct *bpf_task_acquire(struct task_struct *p) __attribute__((section(".ksyms"), weak));
extern void bpf_task_release(struct task_struct *p) __attribute__((section(".ksyms"), weak));

SEC("tc") int sum_of_numbers(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *v, sum = 0;

	bpf_iter_num_new(&it, 0, 100);
	while ((v = bpf_iter_num_next(&it)))
		sum += *v;
	bpf_iter_num_destroy(&it);
	return sum > 5;
}

SEC("tc") int iterator_not_destroyed(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *v;

	bpf_iter_num_new(&it, 0, 100);
	v = bpf_iter_num_next(&it);
	return v ? *v : 0;
}

SEC("tc") int iterator_never_made(struct __sk_buff *skb) { struct bpf_iter_num it; int *v = bpf_iter_num_next(&it); return v ? *v : 0; }
SEC("tc") int element_unchecked(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *v, sum;

	bpf_iter_num_new(&it, 0, 100);
	v = bpf_iter_num_next(&it);
	FORGET(v);
	sum = *v;
	bpf_iter_num_destroy(&it);
	return sum;
}

SEC("tp_btf/task_newtask") int task_held_and_released(u64 *ctx) { struct task_struct *t = bpf_task_acquire((void *)ctx[0]); if (t) bpf_task_release(t); return 0; }
SEC("tp_btf/task_newtask") int task_leaked(u64 *ctx) { bpf_task_acquire((void *)ctx[0]); return 0; }
SEC("tp_btf/task_newtask") int task_not_held_released(u64 *ctx) { bpf_task_release((void *)ctx[0]); return 0; }
SEC("xdp") int not_for_this_program_type(struct xdp_md *ctx) { bpf_task_release(0); return XDP_PASS; }

LICENSE("GPL");
