// SPDX-License-Identifier: GPL-2.0-only
// Socket, address, socket option, device and sysctl hooks of control groups.
#include "bpf.h"

#define ASM(name, section, text) SEC(section) NAKED int name(void) { asm volatile("r0 = 1; r2 = 0; " text " r0 = 1; exit;"); }

ASM(sock_reads_family, "cgroup/sock_create", "r0 = *(u32 *)(r1 + 4);")
ASM(sock_writes_mark, "cgroup/sock_create", "*(u32 *)(r1 + 16) = r2;")
ASM(sock_writes_family, "cgroup/sock_create", "*(u32 *)(r1 + 4) = r2;")
ASM(sock_reads_source, "cgroup/sock_create", "r0 = *(u32 *)(r1 + 24);")
ASM(post_bind_reads_source, "cgroup/post_bind4", "r0 = *(u32 *)(r1 + 24);")
ASM(address_reads_ip4, "cgroup/connect4", "r0 = *(u32 *)(r1 + 4);")
ASM(address_writes_ip4, "cgroup/connect4", "*(u32 *)(r1 + 4) = r2;")
ASM(address_reads_ip6_on_4, "cgroup/connect4", "r0 = *(u32 *)(r1 + 8);")
ASM(address_writes_port, "cgroup/connect6", "*(u32 *)(r1 + 24) = r2;")
ASM(address_writes_family, "cgroup/connect6", "*(u32 *)(r1 + 28) = r2;")
ASM(device_reads_major, "cgroup/dev", "r0 = *(u32 *)(r1 + 4);")
ASM(device_reads_type_in_part, "cgroup/dev", "r0 = *(u16 *)(r1 + 0);")
ASM(device_writes, "cgroup/dev", "*(u32 *)(r1 + 4) = r2;")
ASM(sysctl_reads_write, "cgroup/sysctl", "r0 = *(u32 *)(r1 + 0);")
ASM(sysctl_writes_position, "cgroup/sysctl", "*(u32 *)(r1 + 4) = r2;")
ASM(sysctl_writes_write, "cgroup/sysctl", "*(u32 *)(r1 + 0) = r2;")
ASM(option_reads_level, "cgroup/getsockopt", "r0 = *(u32 *)(r1 + 24);")
ASM(option_writes_level_on_get, "cgroup/getsockopt", "*(u32 *)(r1 + 24) = r2;")
ASM(option_writes_level_on_set, "cgroup/setsockopt", "*(u32 *)(r1 + 24) = r2;")
ASM(option_writes_result_on_get, "cgroup/getsockopt", "*(u32 *)(r1 + 36) = r2;")
ASM(option_writes_result_on_set, "cgroup/setsockopt", "*(u32 *)(r1 + 36) = r2;")

SEC("cgroup/setsockopt") int option_value_checked(struct bpf_sockopt *ctx)
{
	u8 *value = ctx->optval;

	if (value + 1 > (u8 *)ctx->optval_end)
		return 0;
	value[0] = 1;
	return 1;
}

SEC("cgroup/setsockopt") int option_value_unchecked(struct bpf_sockopt *ctx)
{
	*(u8 *)ctx->optval = 1;
	return 1;
}

LICENSE("GPL");
