// SPDX-License-Identifier: GPL-2.0-only
// Global variables: .data and .bss are written, .rodata is constant and known.
#include "bpf.h"

int counter;
int limit = 10;
const volatile int enabled = 0;
const volatile int threshold = 5;
u8 table[16];
static const u8 squares[8] = { 0, 1, 4, 9, 16, 25, 36, 49 };

SEC("xdp") int counts(struct xdp_md *ctx) { return ++counter > limit ? XDP_DROP : XDP_PASS; }
SEC("xdp") int dead_by_constant(struct xdp_md *ctx) { if (enabled) return *(u64 *)(long)ctx->rx_queue_index; return XDP_PASS; }
SEC("xdp") int index_by_constant(struct xdp_md *ctx) { u32 i = threshold; FORGET(i); return ((volatile u8 *)table)[i] ? XDP_PASS : XDP_DROP; }
SEC("xdp") int index_checked(struct xdp_md *ctx) { u32 i = ctx->rx_queue_index; return i < sizeof(table) && table[i] ? XDP_PASS : XDP_DROP; }
SEC("xdp") int index_unchecked(struct xdp_md *ctx) { return table[ctx->rx_queue_index] ? XDP_PASS : XDP_DROP; }
SEC("xdp") int constant_table(struct xdp_md *ctx) { return squares[ctx->rx_queue_index & 7] > 9 ? XDP_PASS : XDP_DROP; }
SEC("xdp") int constant_written(struct xdp_md *ctx) { *(volatile int *)&threshold = 6; return XDP_PASS; }
SEC("xdp") int index_by_variable(struct xdp_md *ctx) { return table[counter] ? XDP_PASS : XDP_DROP; }

LICENSE("GPL");
