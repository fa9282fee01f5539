// SPDX-License-Identifier: GPL-2.0-only
// A program that may sleep, with a function that does not and one that does, for call_extensions.bpf.c.
#include "bpf.h"

HELPER(148, long, bpf_copy_from_user, void *to, u32 size, const void *from);

NOINLINE int awake(u64 value) { FORGET(value); return value + 1; }
NOINLINE int asleep(u64 address) { int value = 0; bpf_copy_from_user(&value, sizeof(value), (void *)address); return value; }

SEC("syscall") int call(void *ctx) { return awake(1) + asleep(0); }

LICENSE("GPL");
