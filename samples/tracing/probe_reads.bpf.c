// SPDX-License-Identifier: GPL-2.0-only
// Reading kernel and user memory through helpers, where the address may be anything.
#include "kernel.h"

struct { NUMBER(type, MAP_HASH); NUMBER(max_entries, 64); TYPE(key, u32); TYPE(value, u64); } starts SEC(".maps");
struct event { u32 pid; char comm[16]; u64 delta; };
struct { NUMBER(type, MAP_PERF_EVENT_ARRAY); NUMBER(key_size, 4); NUMBER(value_size, 4); } events SEC(".maps");

SEC("kprobe/do_nanosleep") int begin(struct pt_regs *regs)
{
	u32 pid = bpf_get_current_pid_tgid();
	u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&starts, &pid, &now, 0);
	return 0;
}

SEC("kretprobe/do_nanosleep") int end(struct pt_regs *regs)
{
	struct event e = { .pid = bpf_get_current_pid_tgid() };
	u64 *start = bpf_map_lookup_elem(&starts, &e.pid);

	if (!start)
		return 0;
	e.delta = bpf_ktime_get_ns() - *start;
	bpf_get_current_comm(e.comm, sizeof(e.comm));
	bpf_perf_event_output(regs, &events, 0xffffffffull, &e, sizeof(e));
	bpf_map_delete_elem(&starts, &e.pid);
	return 0;
}

SEC("kprobe/do_nanosleep") int current_parent(struct pt_regs *regs)
{
	struct task_struct *task = (void *)bpf_get_current_task(), *parent = 0;
	u32 pid = 0;

	bpf_probe_read_kernel(&parent, sizeof(parent), &task->parent);
	bpf_probe_read_kernel(&pid, sizeof(pid), &parent->pid);
	return pid == 1;
}

SEC("kprobe/do_nanosleep") int read_directly(struct pt_regs *regs) { struct task_struct *task = (void *)bpf_get_current_task(); return task->pid; }
SEC("uprobe") int user_string(struct pt_regs *regs) { char text[32]; return bpf_probe_read_user(text, sizeof(text), (void *)regs->di) < 0 ? 0 : text[0]; }

LICENSE("GPL");
