// SPDX-License-Identifier: GPL-2.0-only
// Helpers with rules of their own: numbers out of strings, samples from user space, the area behind an address, sockets of XDP.
#include "bpf.h"

struct { NUMBER(type, 31); NUMBER(max_entries, 4096); } from_user SEC(".maps");
struct { NUMBER(type, MAP_RINGBUF); NUMBER(max_entries, 4096); } to_user SEC(".maps");
struct { NUMBER(type, MAP_XSKMAP); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u32); } sockets SEC(".maps");

static long (*const strtol_)(const char *text, u64 length, u64 flags, long *result) = (void *)105;
static long (*const strtoul_)(const char *text, u64 length, u64 flags, unsigned long *result) = (void *)106;
static long (*const drain)(void *map, void *callback, void *context, u64 flags) = (void *)209;
static long (*const find_vma)(void *task, u64 address, void *callback, void *context, u64 flags) = (void *)180;
static void *(*const current_task)(void) = (void *)158;
static void *(*const dynptr_data)(void *dynptr, u32 offset, u32 length) = (void *)203;

struct state { u64 sum; };

SEC("cgroup/sysctl") int number(void *ctx) { char text[8] = "12"; long n = 0; strtol_(text, sizeof(text), 10, &n); return n > 5; }
SEC("cgroup/sysctl") int number_unsigned(void *ctx) { char text[8] = "12"; unsigned long n = 0; strtoul_(text, sizeof(text), 0, &n); return n > 5; }
SEC("cgroup/sysctl") int number_into_four_bytes(void *ctx) { char text[8] = "12"; strtol_(text, sizeof(text), 10, (long *)(text + 4)); return 1; }
SEC("cgroup/sysctl") int number_of_longer_text(void *ctx) { char text[8] = "12"; long n = 0; strtol_(text, 16, 10, &n); return n > 5; }
SEC("cgroup/sysctl") int number_of_nothing(void *ctx) { long n = 0; strtol_((void *)0, 0, 10, &n); return 1; }

static long sums(void *sample, struct state *s) { u8 *byte = dynptr_data(sample, 0, 1); if (byte) s->sum += *byte; return 0; }
static long reads_past(void *sample, struct state *s) { u8 *byte = dynptr_data(sample, 0, 1); if (byte) s->sum += ((volatile u8 *)byte)[1]; return 0; }
static long any_result(void *sample, struct state *s) { return bpf_get_prandom_u32(); }
static long writes_sample(void *sample, struct state *s) { *(volatile u64 *)sample = 0; return 0; }

SEC("tc") int drains(struct __sk_buff *skb) { struct state s = {}; return drain(&from_user, sums, &s, 0) > 0; }
SEC("tc") int drains_too_much(struct __sk_buff *skb) { struct state s = {}; return drain(&from_user, reads_past, &s, 0) > 0; }
SEC("tc") int drains_to_any_result(struct __sk_buff *skb) { struct state s = {}; return drain(&from_user, any_result, &s, 0) > 0; }
SEC("tc") int drains_and_writes(struct __sk_buff *skb) { struct state s = {}; return drain(&from_user, writes_sample, &s, 0) > 0; }
SEC("tc") int drains_the_other_way(struct __sk_buff *skb) { struct state s = {}; return drain(&to_user, sums, &s, 0) > 0; }
SEC("tc") int drains_into_nothing(struct __sk_buff *skb) { return drain(&from_user, sums, (void *)0, 0) > 0; }

static long looks(void *task, void *area, struct state *s) { s->sum++; return 0; }
static long fails(void *task, void *area, struct state *s) { return 7; }
static long releases(void *task, void *area, struct state *s) { s[1].sum = 0; return 0; }

SEC("raw_tp/sys_enter") int finds(void *ctx) { struct state s = {}; return find_vma(current_task(), 4096, looks, &s, 0) == 0; }
SEC("raw_tp/sys_enter") int finds_and_fails(void *ctx) { struct state s = {}; return find_vma(current_task(), 4096, fails, &s, 0) == 0; }
SEC("raw_tp/sys_enter") int finds_and_overruns(void *ctx) { struct state s = {}; return find_vma(current_task(), 4096, releases, &s, 0) == 0; }
SEC("raw_tp/sys_enter") int finds_without_task(void *ctx) { struct state s = {}; return find_vma((void *)0, 4096, looks, &s, 0) == 0; }

SEC("xdp") int socket_of_queue(struct xdp_md *xdp) { u32 key = 0; u32 *queue = bpf_map_lookup_elem(&sockets, &key); return queue ? (int)*queue : XDP_PASS; }
SEC("xdp") int socket_unchecked(struct xdp_md *xdp) { u32 key = 0; u32 *queue = bpf_map_lookup_elem(&sockets, &key); return (int)*queue; }
SEC("xdp") int socket_written(struct xdp_md *xdp) { u32 key = 0; u32 *queue = bpf_map_lookup_elem(&sockets, &key); if (queue) *(volatile u32 *)queue = 1; return XDP_PASS; }
SEC("xdp") int socket_read_past(struct xdp_md *xdp) { u32 key = 0; u32 *queue = bpf_map_lookup_elem(&sockets, &key); return queue ? (int)((volatile u32 *)queue)[1] : XDP_PASS; }

LICENSE("GPL");
