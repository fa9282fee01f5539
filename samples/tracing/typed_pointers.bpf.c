// SPDX-License-Identifier: GPL-2.0-only
// Pointers the kernel's types describe: read by field, never written, offsets inside the type.
#include "kernel.h"

SEC("tp_btf/sched_switch") int reads_fields(u64 *ctx)
{
	struct task_struct *previous = (void *)ctx[1], *next = (void *)ctx[2];

	return previous->pid > next->pid ? 0 : 0 * next->prio;
}

SEC("tp_btf/sched_switch") int follows_pointer(u64 *ctx) { struct task_struct *next = (void *)ctx[2]; u32 pid = next->parent->pid; FORGET(pid); return 0; }
SEC("tp_btf/sched_switch") int writes_field(u64 *ctx) { struct task_struct *next = (void *)ctx[2]; next->pid = 0; return 0; }
SEC("tp_btf/sched_switch") NAKED int reads_past_the_type(void) { asm volatile("r1 = *(u64 *)(r1 + 16); r0 = *(u64 *)(r1 + 32000); r0 = 0; exit;"); }
SEC("tp_btf/sched_switch") NAKED int reads_before_the_type(void) { asm volatile("r1 = *(u64 *)(r1 + 16); r0 = *(u64 *)(r1 - 8); r0 = 0; exit;"); }
SEC("tp_btf/sched_switch") NAKED int argument_too_many(void) { asm volatile("r0 = *(u64 *)(r1 + 80); r0 = 0; exit;"); }
SEC("tp_btf/sched_switch") NAKED int argument_unaligned(void) { asm volatile("r0 = *(u64 *)(r1 + 4); r0 = 0; exit;"); }
SEC("tp_btf/sched_switch") NAKED int argument_written(void) { asm volatile("r0 = 0; *(u64 *)(r1 + 0) = r0; exit;"); }
SEC("tp_btf/sched_switch") int variable_offset(u64 *ctx) { char *next = (void *)ctx[2]; u32 c = next[bpf_get_prandom_u32() & 7]; FORGET(c); return 0; }
SEC("tp_btf/sched_switch") int current_task(u64 *ctx) { struct task_struct *t = bpf_get_current_task_btf(); u32 pid = t->pid; FORGET(pid); return 0; }
SEC("fentry/do_nanosleep") int entry_reads_argument(u64 *ctx) { u64 a = ctx[1]; FORGET(a); return 0; }
SEC("fexit/do_nanosleep") int exit_reads_result(u64 *ctx) { u64 r = ctx[2]; FORGET(r); return 0; }
SEC("fexit/do_nanosleep") int exit_reads_too_far(u64 *ctx) { u64 r = ctx[3]; FORGET(r); return 0; }
SEC("lsm/bprm_check_security") int security_hook(u64 *ctx) { struct linux_binprm *b = (void *)ctx[0]; struct file *f = b->file; u32 flags = f ? f->f_flags : 0; FORGET(flags); return 0; }

LICENSE("GPL");
