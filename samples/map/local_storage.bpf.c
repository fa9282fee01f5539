// SPDX-License-Identifier: GPL-2.0-only
// Storage tied to a socket or a task.
#include "bpf.h"

struct { NUMBER(type, MAP_SK_STORAGE); NUMBER(map_flags, F_NO_PREALLOC); TYPE(key, int); TYPE(value, u64); } of_socket SEC(".maps");
struct { NUMBER(type, MAP_TASK_STORAGE); NUMBER(map_flags, F_NO_PREALLOC); TYPE(key, int); TYPE(value, u64); } of_task SEC(".maps");

SEC("tc") int socket_counter(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	u64 *value;

	sk = sk ? bpf_sk_fullsock(sk) : 0;
	value = sk ? bpf_sk_storage_get(&of_socket, sk, 0, 1) : 0;
	if (value)
		*value += skb->len;
	return TC_OK;
}

SEC("tc") int socket_may_be_null(struct __sk_buff *skb)
{
	u64 *value = bpf_sk_storage_get(&of_socket, skb->sk, 0, 1);

	return value ? *value > 5 : 0;
}

SEC("tp_btf/task_newtask") int task_counter(u64 *ctx)
{
	u64 *value = bpf_task_storage_get(&of_task, (void *)ctx[0], 0, 1);

	if (value)
		*value += 1;
	return 0;
}

SEC("tc") int storage_by_key(struct __sk_buff *skb)
{
	int key = 0;

	return bpf_map_lookup_elem(&of_socket, &key) ? 1 : 0;
}

LICENSE("GPL");
