// SPDX-License-Identifier: GPL-2.0-only
// A helper reads a whole key and a whole value, which must be there and initialised.
#include "bpf.h"

struct pair { u32 a, b; };
struct { NUMBER(type, MAP_HASH); NUMBER(max_entries, 16); TYPE(key, struct pair); TYPE(value, struct pair); } pairs SEC(".maps");

SEC("xdp") int update(struct xdp_md *ctx)
{
	struct pair key = { 1, 2 }, value = { 3, ctx->rx_queue_index };

	return bpf_map_update_elem(&pairs, &key, &value, 0) ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int delete(struct xdp_md *ctx)
{
	struct pair key = { 1, 2 };

	return bpf_map_delete_elem(&pairs, &key) ? XDP_DROP : XDP_PASS;
}


SEC("xdp") NAKED int key_uninitialised(void)
{
	asm volatile("r2 = r10; r2 += -8; r1 = %[map] ll; call 1; r0 = 2; exit;" :: [map] "i"(&pairs));
}

SEC("xdp") NAKED int key_half_set(void)
{
	asm volatile("r3 = 0; *(u32 *)(r10 - 8) = r3; r2 = r10; r2 += -8; r1 = %[map] ll; call 1; r0 = 2; exit;" :: [map] "i"(&pairs));
}

SEC("xdp") NAKED int key_past_the_stack(void)
{
	asm volatile("r3 = 0; *(u64 *)(r10 - 8) = r3; r2 = r10; r2 += -4; r1 = %[map] ll; call 1; r0 = 2; exit;" :: [map] "i"(&pairs));
}

SEC("xdp") NAKED int key_is_a_number(void)
{
	asm volatile("r2 = 7; r1 = %[map] ll; call 1; r0 = 2; exit;" :: [map] "i"(&pairs));
}

SEC("xdp") NAKED int map_is_a_number(void)
{
	asm volatile("r3 = 0; *(u64 *)(r10 - 8) = r3; r2 = r10; r2 += -8; r1 = 7; call 1; r0 = 2; exit;");
}

LICENSE("GPL");
