/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects that programs allocate and own, the special fields they may have, and the kernel functions for them. */
#ifndef SAMPLES_OBJECTS_H
#define SAMPLES_OBJECTS_H

#include "bpf.h"

struct bpf_list_head { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_rb_root { u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { u64 opaque[4]; } __attribute__((aligned(8)));
struct bpf_refcount { u32 opaque[1]; } __attribute__((aligned(4)));

#define CONTAINS(type, node) __attribute__((btf_decl_tag("contains:" #type ":" #node)))
#define NEW(type) ((struct type *)bpf_obj_new_impl(__builtin_btf_type_id(*(struct type *)0, 0), 0))
#define DROP(object) bpf_obj_drop_impl(object, 0)

extern void *bpf_obj_new_impl(u64 type, void *meta) __attribute__((section(".ksyms"), weak));
extern void bpf_obj_drop_impl(void *object, void *meta) __attribute__((section(".ksyms"), weak));

#endif
