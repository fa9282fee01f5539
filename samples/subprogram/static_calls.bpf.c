// SPDX-License-Identifier: GPL-2.0-only
// Static subprograms are verified with what each caller hands them.
#include "bpf.h"

NOINLINE static u32 first_byte(u8 *data, u8 *end) { return data + 1 > end ? 0 : data[0]; }
NOINLINE static u32 first_byte_unchecked(u8 *data) { return data[0]; }
NOINLINE static void set(u32 *value) { *value = 7; }
NOINLINE static u32 twice(u32 x) { FORGET(x); return x * 2; }

SEC("xdp") int packet_pointers(struct xdp_md *ctx) { return first_byte(data_of(ctx), end_of(ctx)) > 1; }

SEC("xdp") int checked_by_caller(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx);

	return data + 1 > (u8 *)end_of(ctx) ? 0 : first_byte_unchecked(data) > 1;
}

SEC("xdp") int checked_by_nobody(struct xdp_md *ctx) { return first_byte_unchecked(data_of(ctx)) > 1; }
SEC("xdp") int stack_of_the_caller(struct xdp_md *ctx) { u32 value = 0; set(&value); FORGET(value); return value > 5; }
SEC("xdp") int called_twice(struct xdp_md *ctx) { return twice(ctx->rx_queue_index) + twice(ctx->ingress_ifindex) > 9; }

LICENSE("GPL");
