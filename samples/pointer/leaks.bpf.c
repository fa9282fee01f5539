// SPDX-License-Identifier: GPL-2.0-only
// What root may do with addresses: show them in maps, packets and contexts; not return them where the result is checked.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u64); } values SEC(".maps");

#define LOOKUP "r6 = r1; r2 = 0; *(u32 *)(r10 - 4) = r2; r2 = r10; r2 += -4; r1 = %[map] ll; call 1; if r0 == 0 goto 1f; "
#define MAP :: [map] "i"(&values)

SEC("tc") NAKED int into_a_map(void) { asm volatile(LOOKUP "*(u64 *)(r0 + 0) = r10; 1: r0 = 0; exit;" MAP); }
SEC("tc") NAKED int atomically_into_a_map(void) { asm volatile(LOOKUP "lock *(u64 *)(r0 + 0) += r10; 1: r0 = 0; exit;" MAP); }
SEC("tc") NAKED int into_the_context(void) { asm volatile("*(u32 *)(r1 + 8) = r10; r0 = 0; exit;"); }
SEC("tc") NAKED int returned(void) { asm volatile("r0 = r10; exit;"); }
SEC("cgroup_skb/ingress") NAKED int returned_where_checked(void) { asm volatile("r0 = r10; exit;"); }
SEC("xdp") NAKED int into_the_packet(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 8; if r4 > r3 goto 1f; *(u64 *)(r2 + 0) = r10; 1: r0 = 2; exit;");
}
SEC("tc") NAKED int compared(void) { asm volatile("r0 = 0; if r1 > r10 goto 1f; r0 = 1; 1: exit;"); }

LICENSE("GPL");
