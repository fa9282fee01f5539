// SPDX-License-Identifier: GPL-2.0-only
// Functions of the kernel called by type as 6.1 has them: what 6.1 takes by name and type alone, newer releases ask more of.
#include "bpf.h"

#define KSYM __attribute__((section(".ksyms"), weak))

struct bpf_key { void *key; } __attribute__((preserve_access_index));
extern struct bpf_key *bpf_lookup_system_key(u64 id) KSYM;
extern struct bpf_key *bpf_lookup_user_key(u32 serial, u64 flags) KSYM;
extern void bpf_key_put(struct bpf_key *key) KSYM;
struct prog_test_ref_kfunc { int a, b; } __attribute__((preserve_access_index));
extern struct prog_test_ref_kfunc *bpf_kfunc_call_test_acquire(unsigned long *value) KSYM;
extern void bpf_kfunc_call_test_release(struct prog_test_ref_kfunc *p) KSYM;
extern void bpf_kfunc_call_test_ref(struct prog_test_ref_kfunc *p) KSYM;
extern int *bpf_kfunc_call_test_get_rdonly_mem(struct prog_test_ref_kfunc *p, const int rdonly_buf_size) KSYM;
extern int *bpf_kfunc_call_test_get_rdwr_mem(struct prog_test_ref_kfunc *p, const int rdwr_buf_size) KSYM;
extern void bpf_kfunc_call_test_mem_len_pass1(void *mem, int len) KSYM;
extern void bpf_kfunc_call_test_pass_ctx(struct __sk_buff *skb) KSYM;
extern u64 bpf_kfunc_call_test1(void *sk, u32 a, u64 b, u32 c, u64 d) KSYM;

SEC("fentry.s/bpf_modify_return_test") int key_put_back(u64 *ctx) { struct bpf_key *key = bpf_lookup_user_key(1, 0); if (key) bpf_key_put(key); return 0; }
SEC("fentry/bpf_modify_return_test") int key_lookup_sleeps(u64 *ctx) { struct bpf_key *key = bpf_lookup_user_key(1, 0); if (key) bpf_key_put(key); return 0; }
SEC("fentry/bpf_modify_return_test") int system_key(u64 *ctx) { struct bpf_key *key = bpf_lookup_system_key(0); if (key) bpf_key_put(key); return 0; }
SEC("fentry/bpf_modify_return_test") int key_kept(u64 *ctx) { return bpf_lookup_system_key(0) != 0; }
SEC("fentry/bpf_modify_return_test") int key_unchecked(u64 *ctx) { bpf_key_put(bpf_lookup_system_key(0)); return 0; }
SEC("fentry/bpf_modify_return_test") int key_of_stack(u64 *ctx) { struct bpf_key key = {}; bpf_key_put(&key); return 0; }
SEC("fentry/bpf_modify_return_test") int key_put_twice(u64 *ctx) { struct bpf_key *key = bpf_lookup_system_key(0); if (key) { bpf_key_put(key); bpf_key_put(key); } return 0; }
SEC("fentry/bpf_modify_return_test") int key_inside(u64 *ctx) { struct bpf_key *key = bpf_lookup_system_key(0); if (key) bpf_key_put((void *)((char *)key + 8)); return 0; }
SEC("tc") int wrong_program_type(struct __sk_buff *skb) { return bpf_lookup_system_key(0) != 0; }

SEC("tc") int acquired(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); int r = 0; if (p) { r = p->a + p->b; bpf_kfunc_call_test_release(p); } return r & 1; }
SEC("tc") int acquired_of_nothing(struct __sk_buff *skb) { struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(0); if (p) bpf_kfunc_call_test_release(p); return 0; }
SEC("tc") int acquired_of_context(struct __sk_buff *skb) { struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire((void *)skb); if (p) bpf_kfunc_call_test_release(p); return 0; }
SEC("tc") int written_to(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); if (p) { p->a = 1; bpf_kfunc_call_test_release(p); } return 0; }
SEC("tc") int memory_read(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); int *m, r = 0; if (p) { m = bpf_kfunc_call_test_get_rdonly_mem(p, 8); if (m) r = m[1]; bpf_kfunc_call_test_release(p); } return r & 1; }
SEC("tc") int memory_beyond(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); int *m, r = 0; if (p) { m = bpf_kfunc_call_test_get_rdonly_mem(p, 8); if (m) r = m[2]; bpf_kfunc_call_test_release(p); } return r & 1; }
SEC("tc") int memory_read_only(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); int *m; if (p) { m = bpf_kfunc_call_test_get_rdonly_mem(p, 8); if (m) m[1] = 1; bpf_kfunc_call_test_release(p); } return 0; }
SEC("tc") int memory_written(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); int *m; if (p) { m = bpf_kfunc_call_test_get_rdwr_mem(p, 8); if (m) m[1] = 1; bpf_kfunc_call_test_release(p); } return 0; }
SEC("tc") int memory_after_release(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); int *m, r = 0; if (p) { m = bpf_kfunc_call_test_get_rdwr_mem(p, 8); bpf_kfunc_call_test_release(p); if (m) r = m[1]; } return r & 1; }
SEC("tc") int memory_of_some_size(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); if (p) { bpf_kfunc_call_test_get_rdwr_mem(p, skb->len & 7); bpf_kfunc_call_test_release(p); } return 0; }
SEC("tc") int must_be_referenced(struct __sk_buff *skb) { unsigned long v = 0; struct prog_test_ref_kfunc *p = bpf_kfunc_call_test_acquire(&v); if (p) { bpf_kfunc_call_test_ref(p); bpf_kfunc_call_test_release(p); } return 0; }
SEC("tc") int sized(struct __sk_buff *skb) { char room[8] = {}; bpf_kfunc_call_test_mem_len_pass1(room, sizeof(room)); return 0; }
SEC("tc") int sized_beyond(struct __sk_buff *skb) { char room[8] = {}; bpf_kfunc_call_test_mem_len_pass1(room, 9); return 0; }
SEC("tc") int sized_by_anything(struct __sk_buff *skb) { char room[8] = {}; bpf_kfunc_call_test_mem_len_pass1(room, skb->len); return 0; }
SEC("tc") int nothing_of_no_size(struct __sk_buff *skb) { bpf_kfunc_call_test_mem_len_pass1(0, 0); return 0; }
SEC("tc") int context_passed(struct __sk_buff *skb) { bpf_kfunc_call_test_pass_ctx(skb); return 0; }
SEC("tc") int context_not_passed(struct __sk_buff *skb) { bpf_kfunc_call_test_pass_ctx((void *)10); return 0; }

LICENSE("GPL");
