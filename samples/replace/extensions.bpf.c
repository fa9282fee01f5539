// SPDX-License-Identifier: GPL-2.0-only
// freplace: a function takes the place of one of packet.bpf.c. It is checked as a program of that type, by its own declaration.
#include "bpf.h"

HELPER(38, long, bpf_skb_change_tail, void *skb, u32 length, u64 flags);

SEC("freplace/first_byte") int reads_the_packet(struct __sk_buff *skb, int offset)
{
	u8 *data = (void *)(long)skb->data;

	return (void *)(data + 2) > (void *)(long)skb->data_end ? offset : data[1];
}
SEC("freplace/first_byte") int reads_behind_the_packet(struct __sk_buff *skb, int offset) { return *(u8 *)(long)skb->data; }
SEC("freplace/first_byte") int any_return_value(struct __sk_buff *skb, int offset) { return 123456; }
SEC("freplace/first_byte") int cuts_where_the_other_does_not(struct __sk_buff *skb, int offset) { return bpf_skb_change_tail(skb, 64, 0); }
SEC("freplace/first_byte") int too_few_arguments(struct __sk_buff *skb) { return 0; }
SEC("freplace/first_byte") u64 wider_result(struct __sk_buff *skb, int offset) { return 0; }
SEC("freplace/first_byte") u32 unsigned_result(struct __sk_buff *skb, int offset) { return 0; }
SEC("freplace/first_byte") int wider_argument(struct __sk_buff *skb, u64 offset) { return 0; }
SEC("freplace/first_byte") int pointer_for_number(struct __sk_buff *skb, int *offset) { return 0; }
SEC("freplace/first_byte") int other_context(struct xdp_md *xdp, int offset) { return 0; }
SEC("freplace/first_byte") int number_for_context(u64 skb, int offset) { return 0; }
SEC("freplace/first_byte") int of_another_type(struct __sk_buff *skb, int offset) { return bpf_get_current_pid_tgid() + bpf_redirect(1, 0); }
SEC("freplace/first_byte") int helper_of_another_type(struct __sk_buff *skb, int offset) { return bpf_xdp_adjust_head(skb, offset); }
SEC("freplace/cut") int cuts_too(struct __sk_buff *skb) { return bpf_skb_change_tail(skb, 32, 0); }
SEC("freplace/stamp") u64 writes_the_context(struct __sk_buff *skb) { skb->mark = 1; return skb->priority; }
SEC("freplace/stamp") u64 writes_what_is_read_only(struct __sk_buff *skb) { skb->len = 1; return 0; }
SEC("freplace/hidden") int static_function(struct __sk_buff *skb) { return 0; }
SEC("freplace/of_a_number") int static_function_of_a_number(u32 length) { return 0; }
SEC("freplace/packet") int the_program_itself(struct __sk_buff *skb) { return skb->len; }
SEC("freplace/unused") int function_nobody_calls(struct __sk_buff *skb) { return 0; }
SEC("freplace/no_such_function") int no_such_function(struct __sk_buff *skb) { return 0; }

static NOINLINE int half(u32 x) { FORGET(x); return x / 2; }
NOINLINE int twice(u32 x) { FORGET(x); return x * 2; }
SEC("freplace/packet") int with_functions_of_its_own(struct __sk_buff *skb) { return half(skb->len) + twice(skb->len); }

LICENSE("GPL");
