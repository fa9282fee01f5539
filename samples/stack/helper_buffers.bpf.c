// SPDX-License-Identifier: GPL-2.0-only
// Helpers that read memory want it initialised, helpers that fill it do not; neither may leave the frame.
#include "bpf.h"

struct { NUMBER(type, MAP_PERF_EVENT_ARRAY); NUMBER(key_size, 4); NUMBER(value_size, 4); NUMBER(max_entries, 4); } events SEC(".maps");

SEC("tc") NAKED int fill_whole_buffer(void) { asm volatile("r2 = 0; r3 = r10; r3 += -16; r4 = 16; call 26; r0 = *(u64 *)(r10 - 8); exit;"); }
SEC("tc") NAKED int fill_past_the_top(void) { asm volatile("r2 = 0; r3 = r10; r3 += -16; r4 = 17; call 26; r0 = 0; exit;"); }
SEC("tc") NAKED int fill_below_the_frame(void) { asm volatile("r2 = 0; r3 = r10; r3 += -520; r4 = 16; call 26; r0 = 0; exit;"); }
SEC("tc") NAKED int fill_size_zero(void) { asm volatile("r2 = 0; r3 = r10; r3 += -16; r4 = 0; call 26; r0 = 0; exit;"); }

#define OUTPUT "r3 = 0xffffffff ll; r2 = %[map] ll; r4 = r10; r4 += -16; call 25; r0 = 0; exit;" :: [map] "i"(&events)

SEC("tc") NAKED int send_initialised(void) { asm volatile("r5 = 1; *(u64 *)(r10 - 8) = r5; *(u64 *)(r10 - 16) = r5; r5 = 16;" OUTPUT); }
SEC("tc") NAKED int send_never_written(void) { asm volatile("r5 = 16;" OUTPUT); }
SEC("tc") NAKED int send_too_much(void) { asm volatile("r5 = 1; *(u64 *)(r10 - 8) = r5; *(u64 *)(r10 - 16) = r5; r5 = 24;" OUTPUT); }
SEC("tc") NAKED int send_a_pointer(void) { asm volatile("*(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = r10; r5 = 16;" OUTPUT); }

LICENSE("GPL");
