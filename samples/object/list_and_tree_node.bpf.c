// SPDX-License-Identifier: GPL-2.0-only
// A struct that may be on a list and in a tree must count its references.
#include "objects.h"

struct box { struct bpf_list_node link; struct bpf_rb_node branch; };

SEC("tc") int made_and_dropped(struct __sk_buff *skb)
{
	struct box *box = NEW(box);

	if (box)
		DROP(box);
	return 0;
}

LICENSE("GPL");
