// SPDX-License-Identifier: GPL-2.0-only
// A program with a global function that takes a pointer to memory, for memory_extensions.bpf.c.
#include "bpf.h"

NOINLINE int sum(const int *values, u32 count) { return values ? *values + count : 0; }
SEC("tc") int memory(struct __sk_buff *skb) { int values = skb->len; return sum(&values, 1); }

LICENSE("GPL");
