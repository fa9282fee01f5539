// SPDX-License-Identifier: GPL-2.0-only
// Each helper that takes a map takes some kinds only.
#include "bpf.h"

struct { NUMBER(type, MAP_HASH); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u64); } hash SEC(".maps");
struct { NUMBER(type, MAP_RINGBUF); NUMBER(max_entries, 4096); } ring SEC(".maps");
struct { NUMBER(type, MAP_PERF_EVENT_ARRAY); NUMBER(max_entries, 4); NUMBER(key_size, 4); NUMBER(value_size, 4); } events SEC(".maps");
struct { NUMBER(type, MAP_STACK_TRACE); NUMBER(max_entries, 4); NUMBER(key_size, 4); NUMBER(value_size, 1016); } traces SEC(".maps");

SEC("tc") int reserve_in_a_hash(struct __sk_buff *skb) { return bpf_ringbuf_reserve(&hash, 8, 0) ? 1 : 0; }
SEC("tc") int lookup_in_a_ring(struct __sk_buff *skb) { u32 key = 0; return bpf_map_lookup_elem(&ring, &key) ? 1 : 0; }
SEC("tc") int output_to_a_hash(struct __sk_buff *skb) { u64 v = 0; return bpf_perf_event_output(skb, &hash, 0, &v, 8) ? 1 : 0; }
SEC("tc") int lookup_of_events(struct __sk_buff *skb) { u32 key = 0; return bpf_map_lookup_elem(&events, &key) ? 1 : 0; }
SEC("tc") int push_to_a_hash(struct __sk_buff *skb) { u64 v = 0; return bpf_map_push_elem(&hash, &v, 0) ? 1 : 0; }
SEC("kprobe/do_nanosleep") int stack_id(struct pt_regs *regs) { return bpf_get_stackid(regs, &traces, 0) < 0; }
SEC("kprobe/do_nanosleep") int stack_id_in_a_hash(struct pt_regs *regs) { return bpf_get_stackid(regs, &hash, 0) < 0; }
SEC("kprobe/do_nanosleep") int update_of_traces(struct pt_regs *regs) { u32 key = 0; return bpf_map_update_elem(&traces, &key, &key, 0) < 0; }

LICENSE("GPL");
