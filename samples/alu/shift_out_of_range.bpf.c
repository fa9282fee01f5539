// SPDX-License-Identifier: GPL-2.0-only
// Shifting by a constant as wide as the register is refused; by a register it leaves an unknown number.
#include "bpf.h"

SEC("tc") NAKED int by_63(void) { asm volatile("r0 = 1; r0 <<= 63; exit;"); }
SEC("tc") NAKED int by_64(void) { asm volatile("r0 = 1; .byte 0x67, 0, 0, 0, 64, 0, 0, 0; exit;"); }
SEC("tc") NAKED int by_32_in_32_bits(void) { asm volatile("r0 = 1; .byte 0x64, 0, 0, 0, 32, 0, 0, 0; exit;"); }
SEC("tc") NAKED int by_minus_one(void) { asm volatile("r0 = 1; .byte 0x77, 0, 0, 0, 0xff, 0xff, 0xff, 0xff; exit;"); }
SEC("tc") NAKED int by_unknown(void) { asm volatile("r2 = *(u32 *)(r1 + 0); r0 = 1; r0 <<= r2; exit;"); }

LICENSE("GPL");
