// SPDX-License-Identifier: GPL-2.0-only
// What a subprogram may touch: its arguments, its own frame, and its caller's through an argument.
#include "bpf.h"

#define SUBPROGRAM(name, text) NAKED NOINLINE static int name(void) { asm volatile(text " exit;"); }
#define CALLER(name, before, callee, after) SEC("tc") NAKED int name(void) { asm volatile(before " call %[f]; " after " exit;" :: [f] "i"(callee)); }

SUBPROGRAM(read_second_argument, "r0 = r2;")
SUBPROGRAM(read_r6, "r0 = r6;")
SUBPROGRAM(return_own_frame, "r0 = r10;")
SUBPROGRAM(store_own_frame, "*(u64 *)(r1 + 0) = r10; r0 = 0;")
SUBPROGRAM(load_from_first_argument, "r0 = *(u64 *)(r1 + 0);")
SUBPROGRAM(store_through_first_argument, "r0 = 7; *(u64 *)(r1 + 0) = r0;")
SUBPROGRAM(return_zero, "r0 = 0;")
SUBPROGRAM(change_r6, "r6 = 0; r0 = 0;")

CALLER(argument_not_given, "", read_second_argument, "")
CALLER(argument_given, "r2 = 3;", read_second_argument, "")
CALLER(callee_saved_not_inherited, "r6 = 1;", read_r6, "")
CALLER(callee_saved_kept, "r6 = r1;", change_r6, "r0 = *(u32 *)(r6 + 0);")
CALLER(returns_pointer_to_own_frame, "", return_own_frame, "")
CALLER(stores_pointer_to_own_frame, "r1 = r10; r1 += -8;", store_own_frame, "r0 = *(u64 *)(r10 - 8);")
CALLER(returns_pointer_of_caller, "*(u64 *)(r10 - 8) = r1; r1 = r10; r1 += -8;", load_from_first_argument, "r0 = *(u32 *)(r0 + 0);")
CALLER(writes_to_frame_of_caller, "r1 = r10; r1 += -8;", store_through_first_argument, "r0 = *(u64 *)(r10 - 8);")
CALLER(writes_above_frame_of_caller, "r1 = r10;", store_through_first_argument, "")
CALLER(arguments_lost_by_call, "r2 = 1;", return_zero, "r0 = r2;")
CALLER(result_is_scalar, "", return_zero, "r1 = r10; r1 += r0; r2 = 0; *(u8 *)(r1 - 1) = r2;")

LICENSE("GPL");
