// SPDX-License-Identifier: GPL-2.0-only
// Callbacks that run later: whether they may sleep is their own matter, not that of the program that set them.
#include "bpf.h"

struct bpf_timer { u64 opaque[2]; } __attribute__((aligned(8)));

HELPER(148, long, bpf_copy_from_user, void *to, u32 size, const void *from);
HELPER(169, long, bpf_timer_init, struct bpf_timer *timer, void *map, u64 flags);
HELPER(170, long, bpf_timer_set_callback, struct bpf_timer *timer, void *callback);
HELPER(171, long, bpf_timer_start, struct bpf_timer *timer, u64 nanoseconds, u64 flags);

struct element { struct bpf_timer timer; u64 seen; };
struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, struct element); } elements SEC(".maps");

static int reads_user_memory(void *map, u32 *key, struct element *value)
{
	u64 word = 0;

	bpf_copy_from_user(&word, sizeof(word), 0);
	value->seen = word;
	return 0;
}

static int counts(void *map, u32 *key, struct element *value) { value->seen++; return 0; }

SEC("syscall") int timer_that_sleeps(void *ctx)
{
	u32 key = 0;
	struct element *e = bpf_map_lookup_elem(&elements, &key);

	if (!e)
		return 0;
	bpf_timer_init(&e->timer, &elements, 0);
	bpf_timer_set_callback(&e->timer, reads_user_memory);
	return bpf_timer_start(&e->timer, 1000, 0);
}

SEC("syscall") int timer_in_sleepable_program(void *ctx)
{
	u32 key = 0;
	u64 word = 0;
	struct element *e = bpf_map_lookup_elem(&elements, &key);

	if (!e)
		return 0;
	bpf_timer_init(&e->timer, &elements, 0);
	bpf_timer_set_callback(&e->timer, counts);
	bpf_copy_from_user(&word, sizeof(word), 0);
	return word;
}

SEC("tc") int timer_that_sleeps_elsewhere(struct __sk_buff *skb)
{
	u32 key = 0;
	struct element *e = bpf_map_lookup_elem(&elements, &key);

	if (!e)
		return 0;
	bpf_timer_init(&e->timer, &elements, 0);
	bpf_timer_set_callback(&e->timer, reads_user_memory);
	return 0;
}

LICENSE("GPL");
