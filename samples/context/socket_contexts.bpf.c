// SPDX-License-Identifier: GPL-2.0-only
// Socket operations, socket lookup, parsers and verdicts on sockets, flow dissector.
#include "bpf.h"

#define ASM(name, section, text) SEC(section) NAKED int name(void) { asm volatile("r0 = 1; r2 = 0; " text " r0 = 1; exit;"); }

ASM(ops_reads_op, "sockops", "r0 = *(u32 *)(r1 + 0);")
ASM(ops_writes_reply, "sockops", "*(u32 *)(r1 + 4) = r2;")
ASM(ops_writes_op, "sockops", "*(u32 *)(r1 + 0) = r2;")
ASM(ops_reads_half, "sockops", "r0 = *(u16 *)(r1 + 0);")
ASM(lookup_reads_family, "sk_lookup", "r0 = *(u32 *)(r1 + 8);")
ASM(lookup_reads_port, "sk_lookup", "r0 = *(u16 *)(r1 + 36);")
ASM(lookup_reads_socket_narrow, "sk_lookup", "r0 = *(u32 *)(r1 + 0);")
ASM(lookup_writes, "sk_lookup", "*(u32 *)(r1 + 8) = r2;")
ASM(verdict_reads_len, "sk_skb/stream_verdict", "r0 = *(u32 *)(r1 + 0);")
ASM(verdict_writes_mark, "sk_skb/stream_verdict", "*(u32 *)(r1 + 8) = r2;")
ASM(verdict_writes_priority, "sk_skb/stream_verdict", "*(u32 *)(r1 + 32) = r2;")
ASM(message_reads_data, "sk_msg", "r3 = *(u64 *)(r1 + 0);")
ASM(message_reads_data_narrow, "sk_msg", "r3 = *(u32 *)(r1 + 0);")
ASM(reuseport_reads_len, "sk_reuseport", "r0 = *(u32 *)(r1 + 16);")
ASM(dissector_reads_keys, "flow_dissector", "r3 = *(u64 *)(r1 + 144);")
ASM(dissector_reads_mark, "flow_dissector", "r0 = *(u32 *)(r1 + 8);")

SEC("tc") int socket_null_checked(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk ? (int)sk->family : 0;
}

SEC("tc") int socket_not_checked(struct __sk_buff *skb) { return skb->sk->family; }

SEC("tc") int common_socket_has_no_mark(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	return sk ? (int)sk->mark : 0;
}

SEC("tc") int full_socket_has(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	sk = sk ? bpf_sk_fullsock(sk) : 0;
	return sk ? (int)sk->mark : 0;
}

LICENSE("GPL");
