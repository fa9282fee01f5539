// SPDX-License-Identifier: GPL-2.0-only
// Declared maps with every attribute, maps in maps, program arrays, data sections.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct key { int a, b; };
struct prefix { __u32 length; __u8 data[4]; };
struct inner_map { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 3); __type(key, int); __type(value, long); };

struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key, struct key); __type(value, __u64); __uint(map_flags, BPF_F_NO_PREALLOC); } hash SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __uint(key_size, 4); __uint(value_size, 12); } sized SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, int); __type(value, int); } per_cpu SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LPM_TRIE); __uint(max_entries, 8); __type(key, struct prefix); __type(value, int); __uint(map_flags, BPF_F_NO_PREALLOC); } trie SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); __uint(max_entries, 5); } events SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 5000); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __type(value, int); } queue SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_BLOOM_FILTER); __uint(max_entries, 100); __type(value, int); __uint(map_extra, 3); } bloom SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_SK_STORAGE); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, int); } storage SEC(".maps");
struct inner_map inner SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __uint(key_size, 4); __array(values, struct inner_map); } outer SEC(".maps") = { .values = { [1] = &inner } };
int target(struct xdp_md *ctx);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 2); __uint(key_size, 4); __array(values, int (struct xdp_md *)); } jumps SEC(".maps") = { .values = { [0] = &target } };

int visible = 5;
static int quiet = 6;
int zero;
const volatile int setting = 3;
int custom SEC(".data.custom") = 1;
const int table[3] SEC(".rodata.table") = { 1, 2, 3 };

SEC("xdp") int target(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp") int uses(struct xdp_md *ctx)
{
	struct key k = {};
	int i = 0;
	__u64 *v = bpf_map_lookup_elem(&hash, &k);
	void *m = bpf_map_lookup_elem(&outer, &i);
	zero++;
	quiet += visible;
	if (m)
		bpf_map_lookup_elem(m, &i);
	bpf_map_push_elem(&queue, &i, 0);
	bpf_map_lookup_elem(&sized, &i);
	bpf_map_lookup_elem(&per_cpu, &i);
	bpf_map_peek_elem(&bloom, &i);
	bpf_ringbuf_output(&ring, &i, 4, 0);
	bpf_perf_event_output(ctx, &events, 0, &i, 4);
	bpf_tail_call(ctx, &jumps, 0);
	return v ? *v + setting + custom + table[k.a & 1] : quiet;
}
char LICENSE[] SEC("license") = "GPL";
