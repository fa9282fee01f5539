// SPDX-License-Identifier: GPL-2.0-only
// Configuration variables, weak ones that no kernel has, and virtual ones.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool LINUX_HAS_BPF_COOKIE __kconfig;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig __weak;
extern long LINUX_NO_SUCH_THING __kconfig __weak;
extern void no_such_kfunc_at_all(int x) __ksym __weak;
extern const int no_such_variable_at_all __ksym __weak;
SEC("tc") int versions(struct __sk_buff *skb) { return LINUX_KERNEL_VERSION + LINUX_HAS_BPF_COOKIE + LINUX_HAS_SYSCALL_WRAPPER + LINUX_NO_SUCH_THING; }
SEC("tc") int weak(struct __sk_buff *skb)
{
	if (&no_such_variable_at_all)
		return no_such_variable_at_all;
	if (bpf_ksym_exists(no_such_kfunc_at_all))
		no_such_kfunc_at_all(1);
	return 0;
}
SEC("tc") int unguarded(struct __sk_buff *skb) { no_such_kfunc_at_all(2); return 0; }
char LICENSE[] SEC("license") = "GPL";
