// SPDX-License-Identifier: GPL-2.0-only
// Some helpers' results have a known range: a stack copy is at most as long as its buffer.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u8[256]); } buffers SEC(".maps");

SEC("kprobe/do_nanosleep") int second_part_fits(struct pt_regs *regs)
{
	u32 key = 0;
	u8 *buffer = bpf_map_lookup_elem(&buffers, &key);
	long size;

	if (!buffer)
		return 0;
	size = bpf_get_stack(regs, buffer, 128, 0);
	if (size < 0)
		return 0;
	return bpf_get_stack(regs, buffer + size, 128, 256) < 0;
}

SEC("kprobe/do_nanosleep") int error_not_excluded(struct pt_regs *regs)
{
	u32 key = 0;
	u8 *buffer = bpf_map_lookup_elem(&buffers, &key);

	if (!buffer)
		return 0;
	return bpf_get_stack(regs, buffer + bpf_get_stack(regs, buffer, 128, 0), 128, 256) < 0;
}

SEC("kprobe/do_nanosleep") int processor_number_is_small(struct pt_regs *regs)
{
	u32 key = 0, cpu = bpf_get_smp_processor_id();
	u8 *buffer = bpf_map_lookup_elem(&buffers, &key);

	return buffer && cpu < 256 ? buffer[cpu] : 0;
}

LICENSE("GPL");
