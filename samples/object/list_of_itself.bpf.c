// SPDX-License-Identifier: GPL-2.0-only
// A struct on lists that has a list of its own kind: no kernel takes these types.
#include "objects.h"

struct box { struct bpf_list_head list CONTAINS(box, link); struct bpf_list_node link; struct bpf_spin_lock lock; };

SEC("tc") int made_and_dropped(struct __sk_buff *skb)
{
	struct box *box = NEW(box);

	if (box)
		DROP(box);
	return 0;
}

LICENSE("GPL");
