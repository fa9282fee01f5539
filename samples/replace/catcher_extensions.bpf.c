// SPDX-License-Identifier: GPL-2.0-only
// The function that is called when a program throws cannot be replaced or traced; one that throws can.
#include "bpf.h"

extern void bpf_throw(u64 cookie) __attribute__((section(".ksyms"), weak));

SEC("freplace/catcher") int for_the_callback(u64 cookie) { return 0; }
SEC("fentry/catcher") int of_the_callback(u64 *ctx) { return 0; }
SEC("freplace/checks") int for_a_function_that_throws(struct __sk_buff *skb) { return 1; }
SEC("freplace/checks") int throws_too(struct __sk_buff *skb) { if (skb->mark) bpf_throw(1); return 1; }

LICENSE("GPL");
