// SPDX-License-Identifier: GPL-2.0-only
// Variables of the kernel's configuration, of every type they can have.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
extern _Bool CONFIG_BOOL __kconfig;
extern _Bool CONFIG_ABSENT_BOOL __kconfig __weak;
extern enum libbpf_tristate CONFIG_MODULE __kconfig;
extern enum libbpf_tristate CONFIG_BUILT_IN __kconfig;
extern char CONFIG_LETTER __kconfig;
extern signed char CONFIG_BYTE __kconfig;
extern int CONFIG_NUMBER __kconfig;
extern unsigned short CONFIG_HEX __kconfig;
extern unsigned long CONFIG_WIDE __kconfig;
extern char CONFIG_TEXT[8] __kconfig;
extern char CONFIG_LONG_TEXT[6] __kconfig;
SEC("tc") int configuration(struct __sk_buff *skb)
{
	return CONFIG_BOOL + CONFIG_ABSENT_BOOL + CONFIG_MODULE + CONFIG_BUILT_IN + CONFIG_LETTER + CONFIG_BYTE + CONFIG_NUMBER + CONFIG_HEX
		+ CONFIG_WIDE + CONFIG_TEXT[skb->len & 7] + CONFIG_LONG_TEXT[skb->len & 3];
}
char LICENSE[] SEC("license") = "GPL";
