// SPDX-License-Identifier: GPL-2.0-only
// A congestion control: programs in place of the members of struct tcp_congestion_ops.
#include "bpf.h"

#define BY_NAME __attribute__((preserve_access_index))

struct proto;
struct sock_common { struct proto *skc_prot; } BY_NAME;
struct sock { struct sock_common __sk_common; unsigned long sk_pacing_rate; int sk_rcvbuf; } BY_NAME;
struct proto { int obj_size; } BY_NAME;
struct tcp_sock { u32 snd_cwnd, snd_cwnd_cnt, snd_ssthresh, rcv_nxt, srtt_us; u8 ecn_flags; } BY_NAME;
struct inet_connection_sock { u64 icsk_ca_priv[13]; } BY_NAME;
struct ack_sample { u32 pkts_acked; s32 rtt_us; } BY_NAME;

struct tcp_congestion_ops {
	u32 (*ssthresh)(struct sock *);
	void (*set_state)(struct sock *, u8);
	void (*pkts_acked)(struct sock *, const struct ack_sample *);
	unsigned long (*get_info)(struct sock *, u32, int *, void *);
	void (*init)(struct sock *);
	void (*release)(struct sock *);
	u32 (*undo_cwnd)(struct sock *);
	char name[16];
};

extern u32 tcp_reno_undo_cwnd(struct sock *sk) __attribute__((section(".ksyms"), weak));
extern u32 tcp_slow_start(struct tcp_sock *tp, u32 acked) __attribute__((section(".ksyms"), weak));

HELPER(116, long, bpf_tcp_send_ack, void *tp, u32 rcv_nxt);
HELPER(49, long, bpf_setsockopt, void *sk, int level, int name, void *value, int length);

#define STATE(name, member, program) SEC(".struct_ops") struct tcp_congestion_ops name = { .member = (void *)program }

// Every socket is a TCP socket.
SEC("struct_ops") void sets_window(u64 *ctx) { struct tcp_sock *tp = (void *)ctx[0]; tp->snd_cwnd = 2; tp->snd_ssthresh = 10; tp->ecn_flags = 1; }
STATE(ops_sets_window, init, sets_window);
SEC("struct_ops") void sets_rate(u64 *ctx) { struct sock *sk = (void *)ctx[0]; sk->sk_pacing_rate = 1 << 20; }
STATE(ops_sets_rate, init, sets_rate);
SEC("struct_ops") void sets_private(u64 *ctx) { struct inet_connection_sock *icsk = (void *)ctx[0]; icsk->icsk_ca_priv[12] = ctx[1]; }
STATE(ops_sets_private, set_state, sets_private);
SEC("struct_ops") void private_end(u64 *ctx) { struct inet_connection_sock *icsk = (void *)ctx[0]; *(volatile u64 *)((char *)&icsk->icsk_ca_priv[12] + 4) = 1; }
STATE(ops_private_end, init, private_end);
SEC("struct_ops") void window_too_wide(u64 *ctx) { struct tcp_sock *tp = (void *)ctx[0]; *(volatile u64 *)&tp->snd_cwnd = 2; }
STATE(ops_window_too_wide, init, window_too_wide);
SEC("struct_ops") void window_half(u64 *ctx) { struct tcp_sock *tp = (void *)ctx[0]; *(volatile u16 *)((char *)&tp->snd_cwnd + 2) = 2; }
STATE(ops_window_half, init, window_half);
SEC("struct_ops") void sets_round_trip(u64 *ctx) { struct tcp_sock *tp = (void *)ctx[0]; tp->srtt_us = 2; }
STATE(ops_sets_round_trip, init, sets_round_trip);
SEC("struct_ops") void sets_buffer(u64 *ctx) { struct sock *sk = (void *)ctx[0]; sk->sk_rcvbuf = 2; }
STATE(ops_sets_buffer, init, sets_buffer);
SEC("struct_ops") void sets_proto(u64 *ctx) { struct sock *sk = (void *)ctx[0]; sk->__sk_common.skc_prot->obj_size = 2; }
STATE(ops_sets_proto, init, sets_proto);
SEC("struct_ops") void sets_sample(u64 *ctx) { struct ack_sample *sample = (void *)ctx[1]; sample->pkts_acked = 2; }
STATE(ops_sets_sample, pkts_acked, sets_sample);
SEC("struct_ops") void sets_context(u64 *ctx) { ctx[0] = 0; }
STATE(ops_sets_context, init, sets_context);

// Arguments and results.
SEC("struct_ops") u32 reads_proto(u64 *ctx) { struct sock *sk = (void *)ctx[0]; return sk->__sk_common.skc_prot->obj_size; }
STATE(ops_reads_proto, ssthresh, reads_proto);
SEC("struct_ops") void reads_sample(u64 *ctx) { struct ack_sample *sample = (void *)ctx[1]; struct tcp_sock *tp = (void *)ctx[0]; tp->snd_cwnd_cnt = sample->pkts_acked; }
STATE(ops_reads_sample, pkts_acked, reads_sample);
SEC("struct_ops") u32 argument_missing(u64 *ctx) { return ctx[1]; }
STATE(ops_argument_missing, ssthresh, argument_missing);
SEC("struct_ops") u32 argument_far(u64 *ctx) { return ctx[3]; }
STATE(ops_argument_far, ssthresh, argument_far);
SEC("struct_ops") u32 argument_crooked(u64 *ctx) { return *(u32 *)((char *)ctx + 12); }
STATE(ops_argument_crooked, undo_cwnd, argument_crooked);
SEC("struct_ops") u32 argument_half(u64 *ctx) { return *(volatile u32 *)ctx; }
STATE(ops_argument_half, undo_cwnd, argument_half);
SEC("struct_ops") u64 socket_returned(u64 *ctx) { return ctx[0]; }
STATE(ops_socket_returned, ssthresh, socket_returned);
SEC("struct_ops") NAKED void result_missing(void) { __asm__ volatile("r1 = 0; exit" ::: "r1"); }
STATE(ops_result_missing, ssthresh, result_missing);
SEC("struct_ops") NAKED void result_not_wanted(void) { __asm__ volatile("exit"); }
STATE(ops_result_not_wanted, init, result_not_wanted);
SEC("struct_ops") unsigned long not_for_programs(u64 *ctx) { return 0; }
STATE(ops_not_for_programs, get_info, not_for_programs);
SEC("struct_ops.s") void sleeps(u64 *ctx) { }
STATE(ops_sleeps, init, sleeps);

// Helpers and functions of the kernel.
SEC("struct_ops") void sends_ack(u64 *ctx) { struct tcp_sock *tp = (void *)ctx[0]; bpf_tcp_send_ack(tp, tp->rcv_nxt); }
STATE(ops_sends_ack, set_state, sends_ack);
SEC("struct_ops") void sends_ack_of_sample(u64 *ctx) { bpf_tcp_send_ack((void *)ctx[1], 0); }
STATE(ops_sends_ack_of_sample, pkts_acked, sends_ack_of_sample);
SEC("struct_ops") void sets_option(u64 *ctx) { char name[8] = "cubic"; bpf_setsockopt((void *)ctx[0], 6, 13, name, sizeof(name)); }
STATE(ops_sets_option, init, sets_option);
SEC("struct_ops") void sets_option_too_late(u64 *ctx) { char name[8] = "cubic"; bpf_setsockopt((void *)ctx[0], 6, 13, name, sizeof(name)); }
STATE(ops_sets_option_too_late, release, sets_option_too_late);
SEC("struct_ops") void redirects(u64 *ctx) { bpf_redirect(1, 0); }
STATE(ops_redirects, init, redirects);
SEC("struct_ops") u32 as_reno_does(u64 *ctx) { return tcp_reno_undo_cwnd((void *)ctx[0]); }
STATE(ops_as_reno_does, undo_cwnd, as_reno_does);
SEC("struct_ops") u32 slow_start(u64 *ctx) { return tcp_slow_start((void *)ctx[0], 3); }
STATE(ops_slow_start, ssthresh, slow_start);
SEC("struct_ops") u32 slow_start_of_number(u64 *ctx) { return tcp_slow_start((void *)3, 3); }
STATE(ops_slow_start_of_number, ssthresh, slow_start_of_number);
SEC("struct_ops") u32 slow_start_of_proto(u64 *ctx) { struct sock *sk = (void *)ctx[0]; return tcp_slow_start((void *)sk->__sk_common.skc_prot, 3); }
STATE(ops_slow_start_of_proto, ssthresh, slow_start_of_proto);

LICENSE("GPL");
