// SPDX-License-Identifier: GPL-2.0-only
// A lookup in an array with a constant key: newer kernels know that it finds something.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 4); TYPE(key, u32); TYPE(value, u64); } array SEC(".maps");

#define LOOKUP(name, key) SEC("tc") NAKED int name(void) \
{ asm volatile("r2 = " key "; *(u32 *)(r10 - 4) = r2; r2 = r10; r2 += -4; r1 = %[map] ll; call 1; r0 = *(u64 *)(r0 + 0); exit;" :: [map] "i"(&array)); }

LOOKUP(first, "0")
LOOKUP(last, "3")
LOOKUP(one_too_many, "4")

LICENSE("GPL");
