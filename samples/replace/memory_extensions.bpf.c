// SPDX-License-Identifier: GPL-2.0-only
// A function that takes a pointer to memory: it cannot be replaced, and who traces it sees a number.
#include "bpf.h"

SEC("freplace/sum") int pointer_to_memory(const int *values, u32 count) { return values ? *values : 0; }
SEC("fexit/sum") int reads_the_pointer(u64 *ctx) { u64 address = ctx[0]; FORGET(address); return 0; }
SEC("fexit/sum") int follows_the_pointer(u64 *ctx) { int value = *(int *)ctx[0]; FORGET(value); return 0; }
SEC("fexit/sum") int number_behind_it(u64 *ctx) { u64 count = ctx[1]; FORGET(count); return 0; }

LICENSE("GPL");
