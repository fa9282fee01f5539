// SPDX-License-Identifier: GPL-2.0-only
// Maps a program may only read, or only write.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); NUMBER(map_flags, F_RDONLY_PROG); TYPE(key, u32); TYPE(value, u64); } read_only SEC(".maps");
struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); NUMBER(map_flags, F_WRONLY_PROG); TYPE(key, u32); TYPE(value, u64); } write_only SEC(".maps");

SEC("tc") int read(struct __sk_buff *skb) { u32 key = 0; u64 *v = bpf_map_lookup_elem(&read_only, &key); return v ? *v > 1 : 0; }
SEC("tc") int write_to_read_only(struct __sk_buff *skb) { u32 key = 0; u64 *v = bpf_map_lookup_elem(&read_only, &key); if (v) *v = 1; return 0; }
SEC("tc") int update_read_only(struct __sk_buff *skb) { u32 key = 0; u64 v = 0; bpf_map_update_elem(&read_only, &key, &v, 0); return 0; }
SEC("tc") int lookup_in_write_only(struct __sk_buff *skb) { u32 key = 0; u64 *v = bpf_map_lookup_elem(&write_only, &key); return v ? *v > 1 : 0; }
SEC("tc") int update_write_only(struct __sk_buff *skb) { u32 key = 0; u64 v = 0; bpf_map_update_elem(&write_only, &key, &v, 0); return 0; }

LICENSE("GPL");
