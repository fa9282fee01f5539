// SPDX-License-Identifier: GPL-2.0-only
// A reservation must be checked, filled within its size, and handed back exactly once.
#include "bpf.h"

struct event { u64 time; u32 pid, cpu; };
struct { NUMBER(type, MAP_RINGBUF); NUMBER(max_entries, 4096); } ring SEC(".maps");

#define PROBE(name) SEC("tracepoint/sched/sched_switch") int name(void *ctx)

PROBE(submitted)
{
	struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		return 0;
	e->time = bpf_ktime_get_ns();
	e->cpu = bpf_get_smp_processor_id();
	bpf_ringbuf_submit(e, 0);
	return 0;
}

PROBE(discarded_on_one_path)
{
	struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		return 0;
	e->pid = bpf_get_current_pid_tgid();
	if (e->pid == 1)
		bpf_ringbuf_discard(e, 0);
	else
		bpf_ringbuf_submit(e, 0);
	return 0;
}

PROBE(leaked) { struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0); if (e) e->pid = 1; return 0; }

PROBE(leaked_on_one_path)
{
	struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0);

	if (!e)
		return 0;
	if (bpf_get_current_pid_tgid() == 1)
		return 0;
	bpf_ringbuf_submit(e, 0);
	return 0;
}

PROBE(submitted_twice) { struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0); if (!e) return 0; bpf_ringbuf_submit(e, 0); bpf_ringbuf_submit(e, 0); return 0; }
PROBE(used_after_submit) { struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0); if (!e) return 0; bpf_ringbuf_submit(e, 0); e->pid = 1; return 0; }
PROBE(submitted_unchecked) { struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0); bpf_ringbuf_submit(e, 0); return 0; }
PROBE(written_past_the_end) { struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0); if (!e) return 0; ((volatile u64 *)e)[2] = 1; bpf_ringbuf_submit(e, 0); return 0; }
PROBE(submitted_from_the_middle) { struct event *e = bpf_ringbuf_reserve(&ring, sizeof(*e), 0); if (!e) return 0; bpf_ringbuf_submit(&e->pid, 0); return 0; }
PROBE(size_not_constant) { void *e = bpf_ringbuf_reserve(&ring, bpf_get_prandom_u32() & 63, 0); if (e) bpf_ringbuf_submit(e, 0); return 0; }
PROBE(stack_memory_submitted) { struct event e = {}; bpf_ringbuf_submit(&e, 0); return 0; }
PROBE(copied) { struct event e = {}; e.pid = 5; return bpf_ringbuf_output(&ring, &e, sizeof(e), 0) < 0; }

LICENSE("GPL");
