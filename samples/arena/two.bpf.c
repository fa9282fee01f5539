// SPDX-License-Identifier: GPL-2.0-only
// A program has one arena at most.
#include "bpf.h"

struct { NUMBER(type, 33); NUMBER(map_flags, 1 << 10); NUMBER(max_entries, 1); } one SEC(".maps");
struct { NUMBER(type, 33); NUMBER(map_flags, 1 << 10); NUMBER(max_entries, 1); } other SEC(".maps");

SEC("socket") int uses_two(void *ctx) { void *a = &one, *b = &other; FORGET(a); FORGET(b); return a == b; }

LICENSE("GPL");
