// SPDX-License-Identifier: GPL-2.0-only
// A struct without special fields.
#include "objects.h"

struct box { u64 value; };

SEC("tc") int made_and_dropped(struct __sk_buff *skb)
{
	struct box *box = NEW(box);

	if (box)
		DROP(box);
	return 0;
}

SEC("tc") int never_dropped(struct __sk_buff *skb) { return !NEW(box); }

LICENSE("GPL");
