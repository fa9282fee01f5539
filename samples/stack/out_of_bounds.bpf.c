// SPDX-License-Identifier: GPL-2.0-only
// A frame has 512 bytes below r10 and none above.
#include "bpf.h"

SEC("socket") NAKED int lowest(void) { asm volatile("r0 = 0; *(u64 *)(r10 - 512) = r0; exit;"); }
SEC("socket") NAKED int below_lowest(void) { asm volatile("r0 = 0; *(u64 *)(r10 - 520) = r0; exit;"); }
SEC("socket") NAKED int above(void) { asm volatile("r0 = 0; *(u64 *)(r10 + 0) = r0; exit;"); }
SEC("socket") NAKED int straddles_top(void) { asm volatile("r0 = 0; r2 = r10; r2 += -4; *(u64 *)(r2 + 0) = r0; exit;"); }
SEC("socket") NAKED int misaligned(void) { asm volatile("r0 = 0; *(u64 *)(r10 - 12) = r0; exit;"); }
SEC("socket") NAKED int read_below(void) { asm volatile("r0 = *(u8 *)(r10 - 513); exit;"); }

LICENSE("GPL");
