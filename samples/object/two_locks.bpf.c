// SPDX-License-Identifier: GPL-2.0-only
// Two locks in one struct: no kernel takes these types.
#include "objects.h"

struct box { struct bpf_spin_lock one, two; };

SEC("tc") int made_and_dropped(struct __sk_buff *skb)
{
	struct box *box = NEW(box);

	if (box)
		DROP(box);
	return 0;
}

LICENSE("GPL");
