// SPDX-License-Identifier: GPL-2.0-only
// A symbol the kernel does not have, and nothing says that it may be missing: the object cannot be loaded.
#include "bpf.h"

extern const void no_such_symbol __attribute__((section(".ksyms")));

SEC("raw_tracepoint/sched_switch") int needs_it(void *ctx) { u64 a = (u64)&no_such_symbol; FORGET(a); return a > 5; }
SEC("raw_tracepoint/sched_switch") int does_not(void *ctx) { return 0; }

LICENSE("GPL");
