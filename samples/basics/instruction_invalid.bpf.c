// SPDX-License-Identifier: GPL-2.0-only
// Encodings the kernel does not know. The bytes are code, registers, offset, immediate.
#include "bpf.h"

SEC("socket") NAKED int unknown_code(void) { asm volatile(".byte 0xff, 0, 0, 0, 0, 0, 0, 0; r0 = 0; exit;"); }
SEC("socket") NAKED int register_eleven(void) { asm volatile(".byte 0xb7, 0x0b, 0, 0, 0, 0, 0, 0; r0 = 0; exit;"); }
SEC("socket") NAKED int reserved_in_exit(void) { asm volatile("r0 = 0; .byte 0x95, 0, 0, 0, 1, 0, 0, 0;"); }
SEC("socket") NAKED int reserved_in_move(void) { asm volatile(".byte 0xb7, 0, 2, 0, 0, 0, 0, 0; exit;"); }
SEC("socket") NAKED int half_wide_load(void) { asm volatile(".byte 0x18, 0, 0, 0, 0, 0, 0, 0; exit;"); }
SEC("socket") NAKED int bad_byte_swap(void) { asm volatile("r0 = 0; .byte 0xdc, 0, 0, 0, 17, 0, 0, 0; exit;"); }

LICENSE("GPL");
