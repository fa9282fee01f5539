// SPDX-License-Identifier: GPL-2.0-only
// A function whose address is taken and that no path enters is removed. The address stays, and points at what follows.
#include "bpf.h"

static int unused(void *map, u32 *key, u64 *value, void *ctx) { return 0; }

static int unused_too(void *map, u32 *key, u64 *value, void *ctx) { *value = 1; return 0; }

static NOINLINE int called(int number)
{
	FORGET(number);
	return number & 1;
}

#define TAKE_ADDRESS(function) do { void *address = function; FORGET(address); } while (0)

SEC("tc") int only_function(struct __sk_buff *skb)
{
	TAKE_ADDRESS(unused);
	return 0;
}

SEC("tc") int nothing_follows(struct __sk_buff *skb)
{
	int result = called(7);

	TAKE_ADDRESS(unused);
	return result;
}

SEC("tc") int function_follows(struct __sk_buff *skb)
{
	TAKE_ADDRESS(unused);
	return called(7);
}

/* The second address keeps its number while the first function goes: it points into the one that follows. */
SEC("tc") int two_removed_function_follows(struct __sk_buff *skb)
{
	TAKE_ADDRESS(unused);
	TAKE_ADDRESS(unused_too);
	return called(7);
}

SEC("tc") int address_never_taken_after_all(struct __sk_buff *skb)
{
	int result = called(7);

	if (result > 1)
		TAKE_ADDRESS(unused);
	return result;
}

LICENSE("GPL");
