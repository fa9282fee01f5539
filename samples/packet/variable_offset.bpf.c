// SPDX-License-Identifier: GPL-2.0-only
// A packet pointer plus an unknown number: the number must be bounded, and the check made after the addition.
#include "bpf.h"

SEC("xdp") int bounded(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx), *end = end_of(ctx);
	u32 offset;

	if (data + 1 > end)
		return XDP_DROP;
	offset = data[0];
	data += offset;
	if (data + 2 > end)
		return XDP_DROP;
	return data[1] ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int check_before_addition(struct xdp_md *ctx)
{
	u8 *data = data_of(ctx), *end = end_of(ctx);

	if (data + 2 > end)
		return XDP_DROP;
	return data[1 + data[0]] ? XDP_PASS : XDP_DROP;
}

SEC("xdp") NAKED int too_large(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r5 = *(u32 *)(r1 + 12);"
		     "r2 += r5; r4 = r2; r4 += 1; if r4 > r3 goto 1f; r0 = *(u8 *)(r2 + 0); 1: r0 = 2; exit;");
}

SEC("xdp") NAKED int at_the_limit(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r5 = *(u32 *)(r1 + 12); r5 &= 0xfffe;"
		     "r2 += r5; r4 = r2; r4 += 1; if r4 > r3 goto 1f; r0 = *(u8 *)(r2 + 0); 1: r0 = 2; exit;");
}

SEC("xdp") NAKED int past_the_limit(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r5 = *(u32 *)(r1 + 12); r5 &= 0x1ffff;"
		     "r2 += r5; r4 = r2; r4 += 1; if r4 > r3 goto 1f; r0 = *(u8 *)(r2 + 0); 1: r0 = 2; exit;");
}

LICENSE("GPL");
