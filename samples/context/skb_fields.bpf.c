// SPDX-License-Identifier: GPL-2.0-only
// __sk_buff: what may be read and written depends on the program type, and some fields can be read in part.
#include "bpf.h"

#define ASM(name, section, text) SEC(section) NAKED int name(void) { asm volatile("r0 = 0; " text " r0 = 0; exit;"); }

ASM(tc_reads_mark, "tc", "r0 = *(u32 *)(r1 + 8);")
ASM(tc_writes_mark, "tc", "*(u32 *)(r1 + 8) = r0;")
ASM(tc_writes_len, "tc", "*(u32 *)(r1 + 0) = r0;")
ASM(tc_reads_byte_of_mark, "tc", "r0 = *(u8 *)(r1 + 9);")
ASM(tc_writes_byte_of_mark, "tc", "*(u8 *)(r1 + 8) = r0;")
ASM(tc_writes_cb, "tc", "*(u64 *)(r1 + 48) = r0;")
ASM(tc_writes_cb_past_end, "tc", "*(u64 *)(r1 + 64) = r0;")
ASM(tc_reads_tstamp, "tc", "r0 = *(u64 *)(r1 + 152);")
ASM(tc_reads_half_tstamp, "tc", "r0 = *(u32 *)(r1 + 152);")
ASM(tc_writes_classid, "tc", "*(u32 *)(r1 + 72) = r0;")
ASM(tc_reads_half_data, "tc", "r0 = *(u16 *)(r1 + 76);")
ASM(tc_reads_family, "tc", "r0 = *(u32 *)(r1 + 88);")
ASM(socket_reads_len, "socket", "r0 = *(u32 *)(r1 + 0);")
ASM(socket_writes_cb, "socket", "*(u32 *)(r1 + 48) = r0;")
ASM(socket_writes_mark, "socket", "*(u32 *)(r1 + 8) = r0;")
ASM(socket_reads_classid, "socket", "r0 = *(u32 *)(r1 + 72);")
ASM(socket_reads_family, "socket", "r0 = *(u32 *)(r1 + 88);")
ASM(cgroup_writes_mark, "cgroup_skb/egress", "*(u32 *)(r1 + 8) = r0;")
ASM(cgroup_reads_family, "cgroup_skb/egress", "r0 = *(u32 *)(r1 + 88);")
ASM(cgroup_writes_tstamp, "cgroup_skb/egress", "*(u64 *)(r1 + 152) = r0;")
ASM(past_the_end, "tc", "r0 = *(u32 *)(r1 + 200);")
ASM(unaligned, "tc", "r0 = *(u32 *)(r1 + 6);")
ASM(writes_immediate, "tc", ".byte 0x62, 0x01, 8, 0, 0, 0, 0, 0;")
ASM(atomic_on_context, "tc", "lock *(u32 *)(r1 + 8) += w0;")

LICENSE("GPL");
