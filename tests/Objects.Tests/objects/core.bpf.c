// SPDX-License-Identifier: GPL-2.0-only
// Every kind of CO-RE relocation, against types that differ from the kernel's.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define CORE __attribute__((preserve_access_index))

enum state { IDLE = 7, RUNNING = 8, STOPPED = 9, UNHEARD_OF = 10 };
enum wide { SMALL = 2, LARGE = 0x1111111111ULL };
struct inner { int values[2]; } CORE;
struct task {
	int id;
	long total;
	enum state state;
	struct inner inner[2];
	struct task *parent;
	unsigned int flag_b : 7;
	signed int level : 5;
	unsigned long long mask : 40;
	unsigned int narrow;
	short high;
	char name[4];
	int missing;
	int tail[];
} CORE;
struct task___other { struct task *parent; int gone; } CORE;
struct plain { int x; } CORE;
struct plain___mine { int x; } CORE;
struct twice { int field; } CORE;
struct unknown { int x; } CORE;
union shape { int side; } CORE;
typedef int (*callback)(struct task *, int);
struct ops { callback call; } CORE;
struct wrong { long side; } CORE;

#define T(c) ((struct task *)(c))

SEC("raw_tp/x") int offsets(void *ctx)
{
	struct task *t = ctx;
	return bpf_core_field_offset(t->id) + bpf_core_field_offset(t->total) + bpf_core_field_offset(t->inner[1].values[1])
		+ bpf_core_field_offset(t->name[3]) + bpf_core_field_offset(t->tail[5]);
}
SEC("raw_tp/x") int sizes(void *ctx)
{
	struct task *t = ctx;
	return bpf_core_field_size(t->inner) + bpf_core_field_size(t->name) + bpf_core_field_size(t->narrow) + bpf_core_field_size(t->inner[0].values[0]);
}
SEC("raw_tp/x") int existence(void *ctx)
{
	struct task *t = ctx;
	struct task___other *o = ctx;
	return bpf_core_field_exists(t->id) | bpf_core_field_exists(t->missing) << 1 | bpf_core_field_exists(o->gone) << 2
		| bpf_core_type_exists(struct task) << 3 | bpf_core_type_exists(struct unknown) << 4 | bpf_core_type_exists(callback) << 5
		| bpf_core_enum_value_exists(enum state, UNHEARD_OF) << 6 | bpf_core_enum_value_exists(enum state, RUNNING) << 7;
}
SEC("raw_tp/x") int bitfields(void *ctx)
{
	struct task *t = ctx;
	return BPF_CORE_READ_BITFIELD_PROBED(t, flag_b) + BPF_CORE_READ_BITFIELD_PROBED(t, level) + BPF_CORE_READ_BITFIELD_PROBED(t, mask);
}
SEC("raw_tp/x") int types(void *ctx)
{
	return bpf_core_type_size(struct task) + bpf_core_type_id_kernel(struct inner) + bpf_core_type_id_local(struct plain)
		+ bpf_core_type_size(struct unknown) + bpf_core_type_id_kernel(struct unknown);
}
SEC("raw_tp/x") int one_name_two_types(void *ctx) { return bpf_core_type_id_kernel(struct plain); }
SEC("raw_tp/x") int matching(void *ctx)
{
	return bpf_core_type_matches(struct plain) | bpf_core_type_matches(struct task) << 1 | bpf_core_type_matches(enum wide) << 2
		| bpf_core_type_matches(union shape) << 3 | bpf_core_type_matches(struct ops) << 4 | bpf_core_type_matches(struct plain___mine) << 5;
}
SEC("raw_tp/x") int enumerators(void *ctx)
{
	return bpf_core_enum_value(enum state, RUNNING) + bpf_core_enum_value(enum state, STOPPED) + (bpf_core_enum_value(enum wide, LARGE) >> 8);
}
SEC("tp_btf/x") int direct_unused(void *ctx) { return 0; }
SEC("raw_tp/x") int loads(struct bpf_raw_tracepoint_args *ctx)
{
	struct task *t = (void *)ctx->args[0];
	return t->id + t->total + t->state + t->narrow + t->parent->id + t->high;
}
SEC("raw_tp/x") int stores(struct bpf_raw_tracepoint_args *ctx)
{
	struct task *t = (void *)ctx->args[0];
	t->id = 3;
	t->total = ctx->args[1];
	return 0;
}
SEC("raw_tp/x") int flavors(struct bpf_raw_tracepoint_args *ctx)
{
	struct twice *a = (void *)ctx->args[0];
	struct plain___mine *p = (void *)ctx->args[1];
	return a->field + p->x;
}
SEC("raw_tp/x") int missing_field(struct bpf_raw_tracepoint_args *ctx)
{
	struct task *t = (void *)ctx->args[0];
	return t->missing;
}
SEC("raw_tp/x") int missing_enumerator(void *ctx) { return bpf_core_enum_value(enum state, UNHEARD_OF); }
SEC("raw_tp/x") int missing_guarded(struct bpf_raw_tracepoint_args *ctx)
{
	struct task *t = (void *)ctx->args[0];
	if (bpf_core_field_exists(t->missing))
		return t->missing;
	return 1;
}
char LICENSE[] SEC("license") = "GPL";
