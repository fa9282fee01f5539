// SPDX-License-Identifier: GPL-2.0-only
// A list needs a lock beside it: no kernel takes these types.
#include "objects.h"

struct node { struct bpf_list_node link; u64 value; };
struct box { struct bpf_list_head list CONTAINS(node, link); u64 value; };

SEC("tc") int made_and_dropped(struct __sk_buff *skb)
{
	struct node *node = NEW(node);
	struct box *box = NEW(box);

	if (node)
		DROP(node);
	if (box)
		DROP(box);
	return 0;
}

LICENSE("GPL");
