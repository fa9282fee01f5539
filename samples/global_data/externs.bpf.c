// SPDX-License-Identifier: GPL-2.0-only
// Symbols of the kernel: its version, variables by type, and what may be missing.
#include "bpf.h"

extern u32 LINUX_KERNEL_VERSION __attribute__((section(".kconfig")));
extern const int bpf_prog_active __attribute__((section(".ksyms")));
extern const void no_such_symbol __attribute__((section(".ksyms"), weak));
extern const void jiffies __attribute__((section(".ksyms")));

SEC("raw_tracepoint/sched_switch") int version(void *ctx) { return LINUX_KERNEL_VERSION > 0x60000; }
SEC("raw_tracepoint/sched_switch") int per_cpu_variable(void *ctx) { int *p = bpf_per_cpu_ptr(&bpf_prog_active, 0); return p ? *p : 0; }
SEC("raw_tracepoint/sched_switch") int per_cpu_unchecked(void *ctx) { int *p = bpf_per_cpu_ptr(&bpf_prog_active, 0); FORGET(p); return *p; }
SEC("raw_tracepoint/sched_switch") int this_cpu_variable(void *ctx) { int *p = bpf_this_cpu_ptr(&bpf_prog_active); return *p; }
SEC("raw_tracepoint/sched_switch") int weak_symbol(void *ctx) { return &no_such_symbol ? 1 : 0; }
SEC("raw_tracepoint/sched_switch") int address_only(void *ctx) { u64 a = (u64)&jiffies; FORGET(a); return a > 5; }

LICENSE("GPL");
