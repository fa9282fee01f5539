// SPDX-License-Identifier: GPL-2.0-only
// fentry and fexit on functions of packet.bpf.c: the context argument is the kernel's own struct, numbers are numbers.
#include "kernel.h"

// The value is read and not used: a trace returns 0.
#define READ(type, from) ({ type value = *(type *)(from); FORGET(value); 0; })
#define CONTEXT __attribute__((btf_decl_tag("arg:ctx")))

SEC("fentry/packet") int entry(u64 *ctx CONTEXT) { return 0; }
SEC("fexit/packet") int exit_with_result(u64 *ctx) { return READ(u64, ctx + 1); }
SEC("fentry/packet") int result_at_entry(u64 *ctx) { return READ(u64, ctx + 1); }
SEC("fexit/packet") int argument_behind_the_result(u64 *ctx) { return READ(u64, ctx + 2); }
SEC("fentry/packet") int reads_the_kernels_struct(u64 *ctx) { return READ(u32, &((struct sk_buff *)ctx[0])->len); }
SEC("fentry/packet") int writes_the_kernels_struct(u64 *ctx) { ((struct sk_buff *)ctx[0])->mark = 1; return 0; }
SEC("fentry/packet") int returns_a_number(u64 *ctx) { u64 skb = ctx[0]; FORGET(skb); return skb != 0; }
SEC("fentry/first_byte") int number_argument(u64 *ctx) { return READ(u64, ctx + 1); }
SEC("fentry/first_byte") int half_a_pointer(u64 *ctx) { return READ(u32, ctx); }
SEC("fexit/stamp") int wide_result(u64 *ctx) { return READ(u64, ctx + 1); }
SEC("fexit/hidden") int static_function(u64 *ctx) { return READ(u64, ctx); }
SEC("fexit/of_a_number") int argument_the_compiler_may_have_changed(u64 *ctx) { return READ(u64, ctx) + READ(u64, ctx + 1); }
SEC("fexit/of_a_number") int five_arguments_at_most(u64 *ctx) { return READ(u64, ctx + 5) + READ(u64, ctx + 6); }
SEC("fentry/unused") int function_nobody_calls(u64 *ctx) { return 0; }
SEC("fentry/no_such_function") int no_such_function(u64 *ctx) { return 0; }
SEC("fmod_ret/packet") int modifies_the_result(u64 *ctx) { return 0; }
SEC("fentry.s/packet") int may_sleep(u64 *ctx) { return 0; }
SEC("fentry/do_nanosleep") int of_the_kernel(u64 *ctx) { return 0; }

LICENSE("GPL");
