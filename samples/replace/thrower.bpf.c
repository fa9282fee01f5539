// SPDX-License-Identifier: GPL-2.0-only
// A program with a callback for what it throws, for catcher_extensions.bpf.c.
#include "bpf.h"

extern void bpf_throw(u64 cookie) __attribute__((section(".ksyms"), weak));

NOINLINE int catcher(u64 cookie) { FORGET(cookie); return cookie + 1; }
NOINLINE int checks(struct __sk_buff *skb) { if (skb->len > 1000) bpf_throw(7); return 0; }

SEC("tc") __attribute__((btf_decl_tag("exception_callback:catcher"))) int thrower(struct __sk_buff *skb) { return checks(skb); }

LICENSE("GPL");
