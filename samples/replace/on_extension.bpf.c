// SPDX-License-Identifier: GPL-2.0-only
// Programs on an extension: tracing it is fine, replacing it is not.
#include "kernel.h"

SEC("fentry/the_program_itself") int of_an_extension(u64 *ctx) { u32 length = ((struct sk_buff *)ctx[0])->len; FORGET(length); return 0; }
SEC("freplace/the_program_itself") int for_an_extension(struct __sk_buff *skb) { return 0; }

LICENSE("GPL");
