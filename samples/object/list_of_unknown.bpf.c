// SPDX-License-Identifier: GPL-2.0-only
// A list of a type that does not exist.
#include "objects.h"

struct box { struct bpf_list_head list CONTAINS(nothing, link); struct bpf_spin_lock lock; };

SEC("tc") int made_and_dropped(struct __sk_buff *skb)
{
	struct box *box = NEW(box);

	if (box)
		DROP(box);
	return 0;
}

LICENSE("GPL");
