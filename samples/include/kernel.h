/* SPDX-License-Identifier: GPL-2.0-only */
/* The few kernel structs the samples read, with only the members they read: CO-RE finds the rest when the object is loaded. */
#ifndef SAMPLES_KERNEL_H
#define SAMPLES_KERNEL_H

#include "bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct;

struct task_struct {
	int pid, tgid, prio;
	u32 flags;
	char comm[16];
	struct task_struct *parent, *group_leader;
	struct mm_struct *mm;
};

struct file {
	u32 f_flags;
	void *private_data;
};

struct linux_binprm {
	struct file *file;
};

struct sock_common {
	u16 skc_family;
	u8 skc_state;
};

struct sock {
	struct sock_common __sk_common;
	u32 sk_mark;
};

struct sk_buff {
	u32 len, data_len, mark;
	struct sock *sk;
};

#pragma clang attribute pop

#endif
