// SPDX-License-Identifier: GPL-2.0-only
// A scheduler: programs in place of the members of struct sched_ext_ops.
#include "bpf.h"

#define BY_NAME __attribute__((preserve_access_index))

struct sched_ext_entity { u32 flags, weight; u64 slice, dsq_vtime; _Bool disallow; } BY_NAME;
struct task_struct { struct sched_ext_entity scx; int prio; struct task_struct *parent; } BY_NAME;
struct scx_exit_info { s64 exit_code; } BY_NAME;
struct scx_init_task_args { _Bool fork; } BY_NAME;
struct sched_ext_ops {
	s32 (*select_cpu)(struct task_struct *, s32, u64);
	void (*enqueue)(struct task_struct *, u64);
	void (*dispatch)(s32, struct task_struct *);
	_Bool (*yield)(struct task_struct *, struct task_struct *);
	s32 (*init_task)(struct task_struct *, struct scx_init_task_args *);
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info *);
	char name[128];
};

extern s32 scx_bpf_create_dsq(u64 dsq_id, s32 node) __attribute__((section(".ksyms"), weak));
extern void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 flags) __attribute__((section(".ksyms"), weak));
extern s32 scx_bpf_task_cpu(const struct task_struct *p) __attribute__((section(".ksyms"), weak));

#define STATE(name, member, program) SEC(".struct_ops") struct sched_ext_ops name = { .member = (void *)program }

SEC("struct_ops") s32 same_cpu(u64 *ctx) { return ctx[1]; }
STATE(ops_same_cpu, select_cpu, same_cpu);
SEC("struct_ops") s32 cpu_of_task(u64 *ctx) { return scx_bpf_task_cpu((void *)ctx[0]); }
STATE(ops_cpu_of_task, select_cpu, cpu_of_task);
SEC("struct_ops") s32 cpu_of_parent(u64 *ctx) { struct task_struct *p = (void *)ctx[0]; return scx_bpf_task_cpu(p->parent); }
STATE(ops_cpu_of_parent, select_cpu, cpu_of_parent);
SEC("struct_ops") void inserts(u64 *ctx) { scx_bpf_dsq_insert((void *)ctx[0], 0, 1000, ctx[1]); }
STATE(ops_inserts, enqueue, inserts);
SEC("struct_ops") void sets_slice(u64 *ctx) { struct task_struct *p = (void *)ctx[0]; p->scx.slice = 5; p->scx.dsq_vtime = 6; }
STATE(ops_sets_slice, enqueue, sets_slice);
SEC("struct_ops") void sets_slice_upper(u64 *ctx) { struct task_struct *p = (void *)ctx[0]; *((volatile u32 *)&p->scx.slice + 1) = 5; }
STATE(ops_sets_slice_upper, enqueue, sets_slice_upper);
SEC("struct_ops") void sets_weight(u64 *ctx) { struct task_struct *p = (void *)ctx[0]; p->scx.weight = 5; }
STATE(ops_sets_weight, enqueue, sets_weight);
SEC("struct_ops") void sets_prio(u64 *ctx) { struct task_struct *p = (void *)ctx[0]; p->prio = 5; }
STATE(ops_sets_prio, enqueue, sets_prio);
SEC("struct_ops") void sets_across(u64 *ctx) { struct task_struct *p = (void *)ctx[0]; *(volatile u64 *)((char *)&p->scx.slice + 4) = 5; }
STATE(ops_sets_across, enqueue, sets_across);
SEC("struct_ops") void previous_checked(u64 *ctx) { struct task_struct *p = (void *)ctx[1]; if (p) p->scx.slice = 1; }
STATE(ops_previous_checked, dispatch, previous_checked);
SEC("struct_ops") void previous_unchecked(u64 *ctx) { struct task_struct *p = (void *)ctx[1]; p->scx.slice = 1; }
STATE(ops_previous_unchecked, dispatch, previous_unchecked);
SEC("struct_ops") u64 yields_to(u64 *ctx) { return ctx[1] != 0; }
STATE(ops_yields_to, yield, yields_to);
SEC("struct_ops.s") s32 creates_queue(u64 *ctx) { return scx_bpf_create_dsq(1, -1); }
STATE(ops_creates_queue, init, creates_queue);
SEC("struct_ops") s32 creates_queue_awake(u64 *ctx) { return scx_bpf_create_dsq(1, -1); }
STATE(ops_creates_queue_awake, init, creates_queue_awake);
SEC("struct_ops.s") void sleeps_at_enqueue(u64 *ctx) { }
STATE(ops_sleeps_at_enqueue, enqueue, sleeps_at_enqueue);
SEC("struct_ops.s") s32 forbids(u64 *ctx) { struct task_struct *p = (void *)ctx[0]; p->scx.disallow = 1; return 0; }
STATE(ops_forbids, init_task, forbids);
SEC("struct_ops") void writes_exit_info(u64 *ctx) { struct scx_exit_info *info = (void *)ctx[0]; info->exit_code = 1; }
STATE(ops_writes_exit_info, exit, writes_exit_info);

LICENSE("GPL");
