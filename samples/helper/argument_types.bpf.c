// SPDX-License-Identifier: GPL-2.0-only
// Each argument of a helper has a type, and there must be one.
#include "bpf.h"

#define TC(name, text) SEC("tc") NAKED int name(void) { asm volatile(text "r0 = 0; exit;"); }

TC(context_is_stack, "r1 = r10; r1 += -8; r2 = 64; call 39;")
TC(context_is_number, "r1 = 0; r2 = 64; call 39;")
TC(argument_missing, "call 39;")
TC(number_is_a_pointer, "r2 = r1; call 39;")
TC(buffer_is_context, "r3 = r1; r2 = 0; r4 = 8; call 26;")
TC(buffer_is_null, "r2 = 0; r3 = 0; r4 = 8; call 26;")
TC(null_allowed_with_zero_size, "r1 = 0; r2 = 0; r3 = r10; r3 += -8; r4 = 0; *(u64 *)(r10 - 8) = r4; r4 = 8; r5 = 0; call 28;")
TC(null_with_size, "r1 = 0; r2 = 4; r3 = r10; r3 += -8; r4 = 0; *(u64 *)(r10 - 8) = r4; r4 = 8; r5 = 0; call 28;")
TC(packet_into_helper, "r6 = *(u32 *)(r1 + 76); r3 = *(u32 *)(r1 + 80); r2 = r6; r2 += 8; if r2 > r3 goto 1f; r1 = 0; r2 = 0; r3 = r6; r4 = 8; r5 = 0; call 28; 1:")
TC(unproved_packet_into_helper, "r3 = *(u32 *)(r1 + 76); r1 = 0; r2 = 0; r4 = 8; r5 = 0; call 28;")

LICENSE("GPL");
