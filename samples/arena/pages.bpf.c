// SPDX-License-Identifier: GPL-2.0-only
// An arena: pages shared with user space, behind pointers of 32 bits that may be computed with at will.
#include "bpf.h"

#define ARENA __attribute__((address_space(1)))
#define KSYM __attribute__((section(".ksyms"), weak))

struct { NUMBER(type, 33); NUMBER(map_flags, 1 << 10); NUMBER(max_entries, 10); } arena SEC(".maps");

extern void ARENA *bpf_arena_alloc_pages(void *map, void ARENA *address, u32 pages, int node, u64 flags) KSYM;
extern void bpf_arena_free_pages(void *map, void ARENA *page, u32 pages) KSYM;

SEC("syscall") int allocates(void *ctx)
{
	volatile int ARENA *page = bpf_arena_alloc_pages(&arena, 0, 1, -1, 0);

	if (!page)
		return 1;
	*page = 1;
	*page += 2;
	bpf_arena_free_pages(&arena, (void ARENA *)page, 1);
	return 0;
}

SEC("socket") int must_not_sleep(void *ctx) { return bpf_arena_alloc_pages(&arena, 0, 1, -1, 0) != 0; }
SEC("syscall") int not_cast(void *ctx) { u64 *page = (void *)(u64)bpf_arena_alloc_pages(&arena, 0, 1, -1, 0); FORGET(page); return *page; }

// What is written out below begins with the number 77 in r1 as a pointer into the arena.
#define CAST "r0 = %[arena] ll; r1 = 77; .byte 0xbf, 0x11; .short 1; .long 1;"
#define BACK ".byte 0xbf, 0x11; .short 1; .long 0x10000;"
#define PROGRAM(name, text) SEC("socket") NAKED void name(void) { __asm__ volatile(text "exit" :: [arena] "i"(&arena), [prandom] "i"(7), [comm] "i"(16) : "r0", "r1", "r2"); }
#define RANDOM "call %[prandom]; r6 = r0;"

PROGRAM(any_number, CAST "r0 = *(u32 *)(r1 + 3);")
PROGRAM(computed, CAST "r1 *= 3; r1 ^= 5; r1 <<= 2; r0 = *(u64 *)(r1 + 0);")
PROGRAM(computed_narrow, CAST "w1 *= 3; r0 = *(u64 *)(r1 + 0);")
PROGRAM(moved_narrow, CAST "w2 = w1; r0 = *(u64 *)(r2 + 0);")
PROGRAM(as_source, RANDOM CAST "r6 += r1; r0 = *(u32 *)(r6 + 0);")
PROGRAM(as_factor, RANDOM CAST "r6 *= r1; r0 = *(u32 *)(r6 + 0);")
PROGRAM(difference, CAST "r2 = r1; r2 -= r1; r0 = *(u32 *)(r2 + 0);")
PROGRAM(negated, CAST "r1 = -r1; r0 = *(u32 *)(r1 + 0);")
PROGRAM(cast_back, CAST BACK "r0 = *(u32 *)(r1 + 0);")
PROGRAM(sign_extended, CAST "r0 = *(s8 *)(r1 + 0);")
PROGRAM(stored, CAST "*(u64 *)(r1 + 0) = r1; r0 = 0;")
PROGRAM(atomic_add, CAST "r2 = 1; lock *(u64 *)(r1 + 0) += r2; r0 = 0;")
PROGRAM(atomic_fetch_or, CAST "r2 = 1; .byte 0xdb, 0x21; .short 0; .long 0x41; r0 = 0;")
PROGRAM(atomic_exchange, CAST "r2 = 1; r2 = xchg_64(r1 + 0, r2); r0 = 0;")
PROGRAM(kept_in_stack, CAST "*(u64 *)(r10 - 8) = r1; r1 = *(u64 *)(r10 - 8); r0 = *(u32 *)(r1 + 0);")
PROGRAM(passed_to_helper, CAST "r2 = 16; call %[comm]; r0 = 0;")
PROGRAM(returned, CAST "r0 = r1;")
PROGRAM(paths_join, RANDOM CAST "if r6 > 5 goto 1f; r1 += 8; 1: r0 = *(u32 *)(r1 + 0);")
PROGRAM(arena_or_stack, RANDOM CAST "if r6 > 5 goto 1f; r1 = r10; r1 += -8; *(u64 *)(r10 - 8) = r6; 1: r0 = *(u32 *)(r1 + 0);")
SEC("socket") NAKED void without_arena(void) { __asm__ volatile("r1 = 77; .byte 0xbf, 0x11; .short 1; .long 1; r0 = *(u32 *)(r1 + 0); exit" ::: "r0", "r1"); }
SEC("socket") NAKED void other_space(void) { __asm__ volatile("r0 = %[arena] ll; r1 = 77; .byte 0xbf, 0x11; .short 1; .long 2; r0 = 0; exit" :: [arena] "i"(&arena) : "r0", "r1"); }
SEC("socket") int looked_up(void *ctx) { u32 key = 0; return bpf_map_lookup_elem(&arena, &key) != 0; }

LICENSE("GPL");
