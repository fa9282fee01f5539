/* SPDX-License-Identifier: GPL-2.0-only */
/* What the samples need of the BPF ABI: types, helper numbers, context layouts. Nothing else is included. */
#ifndef SAMPLES_BPF_H
#define SAMPLES_BPF_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;

#define SEC(name) __attribute__((section(name), used))
#define LICENSE(text) char license_text[] SEC("license") = text
#define NAKED __attribute__((naked))
#define NOINLINE __attribute__((noinline))
#define INLINE static inline __attribute__((always_inline))

/* The members of a map definition in .maps: numbers as array bounds, types as pointers. */
#define NUMBER(name, value) int (*name)[value]
#define TYPE(name, type) __typeof__(type) *name
#define VALUES(name, type) __typeof__(type) *name[]

/* Keeps the compiler from knowing what a variable holds, so that the verifier's view decides. */
#define FORGET(variable) __asm__ volatile("" : "+r"(variable))

enum map_type {
	MAP_HASH = 1, MAP_ARRAY, MAP_PROG_ARRAY, MAP_PERF_EVENT_ARRAY, MAP_PERCPU_HASH, MAP_PERCPU_ARRAY, MAP_STACK_TRACE,
	MAP_CGROUP_ARRAY, MAP_LRU_HASH, MAP_LRU_PERCPU_HASH, MAP_LPM_TRIE, MAP_ARRAY_OF_MAPS, MAP_HASH_OF_MAPS, MAP_DEVMAP,
	MAP_SOCKMAP, MAP_CPUMAP, MAP_XSKMAP, MAP_SOCKHASH, MAP_QUEUE = 22, MAP_STACK = 23, MAP_SK_STORAGE = 24,
	MAP_DEVMAP_HASH = 25, MAP_RINGBUF = 27, MAP_TASK_STORAGE = 29, MAP_BLOOM_FILTER = 30,
};

enum map_flags { F_NO_PREALLOC = 1, F_RDONLY_PROG = 1 << 7, F_WRONLY_PROG = 1 << 8 };

enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };
enum { TC_OK = 0, TC_SHOT = 2 };

/* ---- helpers, by number in enum bpf_func_id --------------------------------------------------- */

#define HELPER(number, result, name, ...) static result (*const name)(__VA_ARGS__) = (void *)number

HELPER(1, void *, bpf_map_lookup_elem, void *map, const void *key);
HELPER(2, long, bpf_map_update_elem, void *map, const void *key, const void *value, u64 flags);
HELPER(3, long, bpf_map_delete_elem, void *map, const void *key);
HELPER(4, long, bpf_probe_read, void *to, u32 size, const void *from);
HELPER(5, u64, bpf_ktime_get_ns, void);
HELPER(6, long, bpf_trace_printk, const char *format, u32 size, ...);
HELPER(7, u32, bpf_get_prandom_u32, void);
HELPER(8, u32, bpf_get_smp_processor_id, void);
HELPER(9, long, bpf_skb_store_bytes, void *skb, u32 offset, const void *from, u32 size, u64 flags);
HELPER(11, long, bpf_l4_csum_replace, void *skb, u32 offset, u64 from, u64 to, u64 flags);
HELPER(12, long, bpf_tail_call, void *ctx, void *map, u32 index);
HELPER(14, u64, bpf_get_current_pid_tgid, void);
HELPER(16, long, bpf_get_current_comm, void *to, u32 size);
HELPER(23, long, bpf_redirect, u32 ifindex, u64 flags);
HELPER(25, long, bpf_perf_event_output, void *ctx, void *map, u64 flags, void *data, u64 size);
HELPER(26, long, bpf_skb_load_bytes, const void *skb, u32 offset, void *to, u32 size);
HELPER(27, long, bpf_get_stackid, void *ctx, void *map, u64 flags);
HELPER(28, s64, bpf_csum_diff, void *from, u32 from_size, void *to, u32 to_size, u32 seed);
HELPER(35, u64, bpf_get_current_task, void);
HELPER(39, long, bpf_skb_pull_data, void *skb, u32 length);
HELPER(44, long, bpf_xdp_adjust_head, void *xdp, int delta);
HELPER(45, long, bpf_probe_read_str, void *to, u32 size, const void *from);
HELPER(51, long, bpf_redirect_map, void *map, u64 key, u64 flags);
HELPER(54, long, bpf_xdp_adjust_meta, void *xdp, int delta);
HELPER(65, long, bpf_xdp_adjust_tail, void *xdp, int delta);
HELPER(67, long, bpf_get_stack, void *ctx, void *to, u32 size, u64 flags);
HELPER(80, u64, bpf_get_current_cgroup_id, void);
HELPER(84, void *, bpf_sk_lookup_tcp, void *ctx, void *tuple, u32 size, u64 netns, u64 flags);
HELPER(86, long, bpf_sk_release, void *sock);
HELPER(87, long, bpf_map_push_elem, void *map, const void *value, u64 flags);
HELPER(88, long, bpf_map_pop_elem, void *map, void *value);
HELPER(89, long, bpf_map_peek_elem, void *map, void *value);
HELPER(93, long, bpf_spin_lock, void *lock);
HELPER(94, long, bpf_spin_unlock, void *lock);
HELPER(95, void *, bpf_sk_fullsock, void *sock);
HELPER(96, void *, bpf_tcp_sock, void *sock);
HELPER(107, void *, bpf_sk_storage_get, void *map, void *sock, void *value, u64 flags);
HELPER(112, long, bpf_probe_read_user, void *to, u32 size, const void *from);
HELPER(113, long, bpf_probe_read_kernel, void *to, u32 size, const void *from);
HELPER(130, long, bpf_ringbuf_output, void *map, void *data, u64 size, u64 flags);
HELPER(131, void *, bpf_ringbuf_reserve, void *map, u64 size, u64 flags);
HELPER(132, void, bpf_ringbuf_submit, void *data, u64 flags);
HELPER(133, void, bpf_ringbuf_discard, void *data, u64 flags);
HELPER(153, void *, bpf_per_cpu_ptr, const void *variable, u32 cpu);
HELPER(154, void *, bpf_this_cpu_ptr, const void *variable);
HELPER(156, void *, bpf_task_storage_get, void *map, void *task, void *value, u64 flags);
HELPER(158, void *, bpf_get_current_task_btf, void);
HELPER(164, long, bpf_for_each_map_elem, void *map, void *callback, void *context, u64 flags);
HELPER(165, long, bpf_snprintf, char *to, u32 size, const char *format, u64 *data, u32 data_size);
HELPER(181, long, bpf_loop, u32 count, void *callback, void *context, u64 flags);
HELPER(182, long, bpf_strncmp, const char *text, u32 size, const char *constant);
HELPER(197, long, bpf_dynptr_from_mem, void *data, u32 size, u64 flags, void *dynptr);
HELPER(198, long, bpf_ringbuf_reserve_dynptr, void *map, u32 size, u64 flags, void *dynptr);
HELPER(199, void, bpf_ringbuf_submit_dynptr, void *dynptr, u64 flags);
HELPER(200, void, bpf_ringbuf_discard_dynptr, void *dynptr, u64 flags);
HELPER(201, long, bpf_dynptr_read, void *to, u32 size, const void *dynptr, u32 offset, u64 flags);
HELPER(202, long, bpf_dynptr_write, const void *dynptr, u32 offset, void *from, u32 size, u64 flags);
HELPER(203, void *, bpf_dynptr_data, const void *dynptr, u32 offset, u32 size);

/* ---- contexts and objects of the ABI ----------------------------------------------------------- */

struct xdp_md { u32 data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex; };

struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex,
	    tc_index, cb[5], hash, tc_classid, data, data_end, napi_id, family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4],
	    remote_port, local_port, data_meta;
	u64 flow_keys, tstamp;
	u32 wire_len, gso_segs;
	struct bpf_sock *sk;
	u32 gso_size;
	u8 tstamp_type, pad[3];
	u64 hwtstamp;
};

struct bpf_sock {
	u32 bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4], src_port;
	u16 dst_port, pad;
	u32 dst_ip4, dst_ip6[4], state;
	s32 rx_queue_mapping;
};

struct bpf_sock_tuple { u32 saddr, daddr; u16 sport, dport; };

struct bpf_sock_addr { u32 user_family, user_ip4, user_ip6[4], user_port, family, type, protocol, msg_src_ip4, msg_src_ip6[4]; struct bpf_sock *sk; };

struct bpf_sock_ops { u32 op, args[4], family, remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, is_fullsock, snd_cwnd; };

struct bpf_cgroup_dev_ctx { u32 access_type, major, minor; };

struct bpf_sysctl { u32 write, file_pos; };

struct bpf_sockopt { struct bpf_sock *sk; void *optval, *optval_end; s32 level, optname, optlen, retval; };

struct bpf_sk_lookup { u64 cookie; u32 family, protocol, remote_ip4, remote_ip6[4]; u16 remote_port, pad; u32 local_ip4, local_ip6[4], local_port, ingress_ifindex; };

struct bpf_perf_event_data { u64 regs[21], sample_period, addr; };

struct bpf_raw_tracepoint_args { u64 args[1]; };

struct pt_regs { u64 r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip, cs, flags, sp, ss; };

struct bpf_spin_lock { u32 val; };

struct bpf_dynptr { u64 opaque[2]; } __attribute__((aligned(8)));

/* ---- headers of packets ------------------------------------------------------------------------ */

struct ethernet { u8 to[6], from[6]; u16 protocol; };
struct ipv4 { u8 version_ihl, tos; u16 length, id, fragment; u8 ttl, protocol; u16 check; u32 saddr, daddr; };
struct tcp { u16 source, dest; u32 sequence, acknowledge; u16 flags, window, check, urgent; };
struct udp { u16 source, dest, length, check; };

INLINE void *data_of(const struct xdp_md *ctx) { return (void *)(long)ctx->data; }
INLINE void *end_of(const struct xdp_md *ctx) { return (void *)(long)ctx->data_end; }

#endif
