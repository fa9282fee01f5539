// SPDX-License-Identifier: GPL-2.0-only
// A helper's size argument: at most the memory there is, bounded on both sides, zero only where allowed.
#include "bpf.h"

struct { NUMBER(type, MAP_ARRAY); NUMBER(max_entries, 1); TYPE(key, u32); TYPE(value, u8[64]); } buffers SEC(".maps");

#define PROBE(name, text) SEC("kprobe/do_nanosleep") NAKED int name(void) \
{ \
	asm volatile("r6 = *(u64 *)(r1 + 112); r2 = 0; *(u32 *)(r10 - 4) = r2; r2 = r10; r2 += -4; r1 = %[map] ll; call 1;" \
		     "if r0 == 0 goto 9f; r7 = r0; call 7; r1 = r7; r2 = r0; r3 = r6; " text " call 113; 9: r0 = 0; exit;" :: [map] "i"(&buffers)); \
}

PROBE(constant, "r2 = 64;")
PROBE(constant_too_large, "r2 = 65;")
PROBE(constant_negative, "r2 = -1;")
PROBE(zero, "r2 = 0;")
PROBE(masked, "r2 &= 63;")
PROBE(masked_too_wide, "r2 &= 127;")
PROBE(compared, "if r2 > 64 goto 9f;")
PROBE(compared_above_only, "r2 <<= 32; r2 s>>= 32; if r2 s> 64 goto 9f;")
PROBE(compared_below_only, "r2 <<= 32; r2 s>>= 32; if r2 s< 0 goto 9f;")
PROBE(unbounded, "")
PROBE(rest_of_the_buffer, "r2 &= 31; r1 += 32;")
PROBE(more_than_the_rest, "r2 &= 63; r1 += 32;")
PROBE(offset_and_size_together, "r4 = r2; r4 &= 31; r1 += r4; r2 = 32;")
PROBE(offset_and_size_too_much, "r4 = r2; r4 &= 31; r1 += r4; r2 = 34;")

LICENSE("GPL");
