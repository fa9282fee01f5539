// SPDX-License-Identifier: GPL-2.0-only
// CO-RE: offsets, existence and sizes of what this kernel has; what it lacks must be guarded.
#include "kernel.h"

struct task_struct___other { int no_such_field; } __attribute__((preserve_access_index));
struct no_such_struct { int field; } __attribute__((preserve_access_index));

#define EXISTS(type, field) __builtin_preserve_field_info(((type *)0)->field, 2)
#define SIZE(type, field) __builtin_preserve_field_info(((type *)0)->field, 1)
#define OFFSET(type, field) __builtin_preserve_field_info(((type *)0)->field, 0)
#define TYPE_EXISTS(type) __builtin_preserve_type_info(*(type *)0, 0)
#define TYPE_SIZE(type) __builtin_preserve_type_info(*(type *)0, 1)

SEC("tp_btf/sched_switch") int field(u64 *ctx) { struct task_struct *next = (void *)ctx[2]; u32 v = next->prio; FORGET(v); return 0; }
SEC("tp_btf/sched_switch") int nested_field(u64 *ctx) { struct task_struct *next = (void *)ctx[2]; u32 v = next->group_leader->parent->tgid; FORGET(v); return 0; }
SEC("tp_btf/sched_switch") int missing_field(u64 *ctx) { struct task_struct___other *next = (void *)ctx[2]; u32 v = next->no_such_field; FORGET(v); return 0; }

SEC("tp_btf/sched_switch") int missing_field_guarded(u64 *ctx)
{
	struct task_struct___other *next = (void *)ctx[2];

	if (EXISTS(struct task_struct___other, no_such_field)) {
		u32 v = next->no_such_field;

		FORGET(v);
	}
	return 0;
}

SEC("raw_tracepoint/sched_switch") int sizes(void *ctx) { u64 v = SIZE(struct task_struct, comm) + OFFSET(struct task_struct, pid) + TYPE_SIZE(struct file); FORGET(v); return 0; }
SEC("raw_tracepoint/sched_switch") int types(void *ctx) { u64 v = TYPE_EXISTS(struct no_such_struct) * 2 + TYPE_EXISTS(struct task_struct); FORGET(v); return 0; }
SEC("raw_tracepoint/sched_switch") int missing_type_size(void *ctx) { u64 v = TYPE_SIZE(struct no_such_struct); FORGET(v); return 0; }

LICENSE("GPL");
