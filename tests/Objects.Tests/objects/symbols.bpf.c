// SPDX-License-Identifier: GPL-2.0-only
// Kernel symbols of which only the address is asked.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
extern const void some_symbol __ksym;
extern const void no_such_symbol_at_all __ksym __weak;
SEC("raw_tp/x") int address(void *ctx) { return (long)&some_symbol + (long)&no_such_symbol_at_all; }
char LICENSE[] SEC("license") = "GPL";
