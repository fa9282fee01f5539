// SPDX-License-Identifier: GPL-2.0-only
// Dynamic pointers live on the stack as a whole, and those to reservations must be handed back.
#include "bpf.h"

struct { NUMBER(type, MAP_RINGBUF); NUMBER(max_entries, 4096); } ring SEC(".maps");
struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u8[64]); } buffers SEC(".maps");

#define PROBE(name) SEC("tracepoint/sched/sched_switch") int name(void *ctx)

PROBE(submitted) { struct bpf_dynptr p; u64 v = 1; bpf_ringbuf_reserve_dynptr(&ring, 64, 0, &p); bpf_dynptr_write(&p, 0, &v, 8, 0); bpf_ringbuf_submit_dynptr(&p, 0); return 0; }
PROBE(leaked) { struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&ring, 64, 0, &p); return 0; }
PROBE(submitted_twice) { struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&ring, 64, 0, &p); bpf_ringbuf_submit_dynptr(&p, 0); bpf_ringbuf_submit_dynptr(&p, 0); return 0; }
PROBE(never_made) { struct bpf_dynptr p; u64 v; bpf_dynptr_read(&v, 8, &p, 0, 0); return 0; }
PROBE(size_not_constant) { struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&ring, bpf_get_prandom_u32(), 0, &p); bpf_ringbuf_discard_dynptr(&p, 0); return 0; }

PROBE(read_from_value)
{
	struct bpf_dynptr p;
	u32 key = 0;
	u64 v = 0;
	u8 *buffer = bpf_map_lookup_elem(&buffers, &key);

	if (!buffer)
		return 0;
	bpf_dynptr_from_mem(buffer, 64, 0, &p);
	bpf_dynptr_read(&v, sizeof(v), &p, 8, 0);
	return v > 5;
}

PROBE(slice_unchecked)
{
	struct bpf_dynptr p;
	u8 *data;

	bpf_ringbuf_reserve_dynptr(&ring, 64, 0, &p);
	data = bpf_dynptr_data(&p, 0, 8);
	data[0] = 1;
	bpf_ringbuf_submit_dynptr(&p, 0);
	return 0;
}

PROBE(slice_used_after_submit)
{
	struct bpf_dynptr p;
	u8 *data;

	bpf_ringbuf_reserve_dynptr(&ring, 64, 0, &p);
	data = bpf_dynptr_data(&p, 0, 8);
	bpf_ringbuf_submit_dynptr(&p, 0);
	if (data)
		data[0] = 1;
	return 0;
}

PROBE(overwritten) { struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&ring, 64, 0, &p); *(volatile u64 *)&p = 0; bpf_ringbuf_submit_dynptr(&p, 0); return 0; }

LICENSE("GPL");
