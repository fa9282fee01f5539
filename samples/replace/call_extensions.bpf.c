// SPDX-License-Identifier: GPL-2.0-only
// A function that may sleep only takes the place of one that may.
#include "bpf.h"

HELPER(148, long, bpf_copy_from_user, void *to, u32 size, const void *from);

SEC("freplace/awake") int stays_awake(u64 value) { FORGET(value); return value + 2; }
SEC("freplace/awake") int sleeps_where_the_other_does_not(u64 address) { int value = 0; bpf_copy_from_user(&value, sizeof(value), (void *)address); return value; }
SEC("freplace/asleep") int sleeps_too(u64 address) { int value = 0; bpf_copy_from_user(&value, sizeof(value), (void *)address); return value; }
SEC("freplace/asleep") int need_not_sleep(u64 address) { return 1; }
SEC("freplace/awake") int narrower_argument(u32 value) { return 1; }

LICENSE("GPL");
