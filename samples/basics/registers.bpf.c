// SPDX-License-Identifier: GPL-2.0-only
// Registers: r10 is read-only, r1 to r5 do not survive a call, reads need a value.
#include "bpf.h"

SEC("socket") NAKED int write_frame_pointer(void) { asm volatile("r10 = 0; r0 = 0; exit;"); }
SEC("socket") NAKED int read_unset(void) { asm volatile("r0 = r7; exit;"); }
SEC("socket") NAKED int read_after_call(void) { asm volatile("r6 = r1; r2 = 5; call 7; r0 = r2; exit;"); }
SEC("socket") NAKED int callee_saved(void) { asm volatile("r6 = 5; call 7; r0 = r6; exit;"); }

LICENSE("GPL");
