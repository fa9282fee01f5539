// SPDX-License-Identifier: GPL-2.0-only
// The frames of a chain of calls share 512 bytes.
#include "bpf.h"

NOINLINE static int use(u8 *buffer, u32 size)
{
	asm volatile("*(u8 *)(%0 + 0) = %1" :: "r"(buffer), "r"(size) : "memory");
	return size;
}

NOINLINE static int frame_of_200(u32 size) { u8 b[200]; FORGET(size); return use(b, size); }
NOINLINE static int frame_of_300(u32 size) { u8 b[300]; FORGET(size); return use(b, size); }

SEC("tc") int two_frames_fit(struct __sk_buff *skb) { u8 b[200]; return use(b, 1) + frame_of_200(skb->len); }
SEC("tc") int two_frames_too_deep(struct __sk_buff *skb) { u8 b[300]; return use(b, 1) + frame_of_300(skb->len); }
SEC("tc") int one_after_the_other(struct __sk_buff *skb) { return frame_of_300(skb->len) + frame_of_300(skb->mark); }

LICENSE("GPL");
