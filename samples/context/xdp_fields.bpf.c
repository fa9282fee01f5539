// SPDX-License-Identifier: GPL-2.0-only
// xdp_md: six words, read whole; egress_ifindex only where there is one, nothing written but by offloaded programs.
#include "bpf.h"

#define READ(name, section, text) SEC(section) NAKED int name(void) { asm volatile("r0 = " text "; r0 = 2; exit;"); }

READ(word_0, "xdp", "*(u32 *)(r1 + 0)")
READ(word_16, "xdp", "*(u32 *)(r1 + 16)")
READ(egress_ifindex, "xdp", "*(u32 *)(r1 + 20)")
READ(egress_in_devmap, "xdp/devmap", "*(u32 *)(r1 + 20)")
READ(past_the_end, "xdp", "*(u32 *)(r1 + 24)")
READ(unaligned, "xdp", "*(u32 *)(r1 + 2)")
READ(half_word, "xdp", "*(u16 *)(r1 + 12)")
READ(double_word, "xdp", "*(u64 *)(r1 + 8)")
SEC("xdp") NAKED int write_queue(void) { asm volatile("r2 = 0; *(u32 *)(r1 + 16) = r2; r0 = 2; exit;"); }
SEC("xdp") NAKED int write_data(void) { asm volatile("r2 = 0; *(u32 *)(r1 + 0) = r2; r0 = 2; exit;"); }

LICENSE("GPL");
