// SPDX-License-Identifier: GPL-2.0-only
// Atomic operations: on four or eight aligned bytes of memory the program may write.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u64[2]); } values SEC(".maps");
const volatile u64 constant = 1;
u64 global;

#define ON_STACK(name, text) SEC("tc") NAKED int name(void) { asm volatile("r6 = r1; r2 = 1; r0 = 0; *(u64 *)(r10 - 8) = r0; " text " r0 = 0; exit;"); }

ON_STACK(add, "lock *(u64 *)(r10 - 8) += r2;")
ON_STACK(add_32, "lock *(u32 *)(r10 - 8) += w2;")
ON_STACK(or, "lock *(u64 *)(r10 - 8) |= r2;")
ON_STACK(and, "lock *(u64 *)(r10 - 8) &= r2;")
ON_STACK(xor, "lock *(u64 *)(r10 - 8) ^= r2;")
ON_STACK(fetch_add, "r2 = atomic_fetch_add((u64 *)(r10 - 8), r2);")
ON_STACK(exchange, "r2 = xchg_64(r10 - 8, r2);")
ON_STACK(compare_exchange, "r0 = cmpxchg_64(r10 - 8, r0, r2);")
ON_STACK(unaligned, "lock *(u64 *)(r10 - 12) += r2;")
ON_STACK(unwritten, "lock *(u64 *)(r10 - 16) += r2;")
ON_STACK(of_bytes, ".byte 0xd3, 0x2a, 0xf8, 0xff, 0, 0, 0, 0;")
ON_STACK(unknown_operation, ".byte 0xdb, 0x2a, 0xf8, 0xff, 0x20, 0, 0, 0;")
ON_STACK(source_unset, "lock *(u64 *)(r10 - 8) += r7;")
ON_STACK(fetched_pointer, "*(u64 *)(r10 - 8) = r6; r2 = xchg_64(r10 - 8, r2); r0 = *(u32 *)(r2 + 0);")
ON_STACK(context, "lock *(u32 *)(r6 + 8) += w2;")

SEC("tc") int in_a_value(struct __sk_buff *skb) { u32 key = 0; u64 *v = bpf_map_lookup_elem(&values, &key); if (v) __sync_fetch_and_add(&v[1], 1); return 0; }
SEC("tc") int past_a_value(struct __sk_buff *skb) { u32 key = 0; u64 *v = bpf_map_lookup_elem(&values, &key); if (v) __sync_fetch_and_add(&v[2], 1); return 0; }
SEC("tc") int global_variable(struct __sk_buff *skb) { return __sync_fetch_and_add(&global, 1) > 5; }
SEC("tc") int constant_variable(struct __sk_buff *skb) { return __sync_fetch_and_add((u64 *)&constant, 1) > 5; }
SEC("xdp") NAKED int in_the_packet(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 8; r0 = 2; if r4 > r3 goto 1f; lock *(u64 *)(r2 + 0) += r0; 1: exit;");
}

LICENSE("GPL");
