// SPDX-License-Identifier: GPL-2.0-only
// fsession: one program that runs before and after a function, and can tell which it is.
#include "kernel.h"

extern _Bool bpf_session_is_return(void *ctx) __attribute__((section(".ksyms"), weak));
extern u64 *bpf_session_cookie(void *ctx) __attribute__((section(".ksyms"), weak));
HELPER(173, u64, bpf_get_func_ip, void *ctx);

SEC("fsession/do_nanosleep") int before_and_after(u64 *ctx) { return 0; }
SEC("fsession/do_nanosleep") int reads_the_result(u64 *ctx) { u64 result = ctx[2]; FORGET(result); return 0; }
SEC("fsession/do_nanosleep") int reads_behind_the_result(u64 *ctx) { u64 result = ctx[3]; FORGET(result); return 0; }
SEC("fsession/do_nanosleep") int returns_one(u64 *ctx) { return 1; }
SEC("fsession/do_nanosleep") int tells_which(u64 *ctx) { if (bpf_session_is_return(ctx)) { u64 result = ctx[2]; FORGET(result); } return 0; }
SEC("fsession/do_nanosleep") int keeps_a_number(u64 *ctx) { u64 *cookie = bpf_session_cookie(ctx); *cookie = 7; return 0; }
SEC("fentry/do_nanosleep") int asks_outside_a_session(u64 *ctx) { return bpf_session_is_return(ctx) ? 0 : 0; }
SEC("fentry/do_nanosleep") int keeps_outside_a_session(u64 *ctx) { u64 *cookie = bpf_session_cookie(ctx); *cookie = 7; return 0; }
SEC("fsession/do_nanosleep") int own_address(u64 *ctx) { u64 ip = bpf_get_func_ip(ctx); FORGET(ip); return 0; }
SEC("fsession/do_exit") int of_a_function_without_end(u64 *ctx) { return 0; }
SEC("fsession.s/do_nanosleep") int sleeps(u64 *ctx) { return 0; }
SEC("tp_btf/sched_switch") int address_of_a_tracepoint(u64 *ctx) { u64 ip = bpf_get_func_ip(ctx); FORGET(ip); return 0; }

LICENSE("GPL");
