// SPDX-License-Identifier: GPL-2.0-only
// Instructions that clang 19 has no word for: loads that acquire, stores that release, jumps a program may always take back.
#include "bpf.h"

#define BYTE(n) #n
/* Code, registers as one byte (source times 16 plus destination), offset's bytes, constant's bytes. */
#define ACQUIRE(size, regs, low, high) ".byte " BYTE(size) "," BYTE(regs) "," BYTE(low) "," BYTE(high) ",0,1,0,0;"
#define RELEASE(size, regs, low, high) ".byte " BYTE(size) "," BYTE(regs) "," BYTE(low) "," BYTE(high) ",0x10,1,0,0;"
#define MAY_GOTO(low, high) ".byte 0xe5,0," BYTE(low) "," BYTE(high) ",0,0,0,0;"

#define TC(name, text) SEC("tc") NAKED int name(void) { asm volatile("r6 = r1; r2 = 0; *(u64 *)(r10 - 8) = r2;" text " r0 = 0; exit;"); }

TC(acquire_from_stack, ACQUIRE(0xdb, 0xa1, 0xf8, 0xff))
TC(acquire_word, ACQUIRE(0xc3, 0xa1, 0xf8, 0xff))
TC(acquire_byte, ACQUIRE(0xd3, 0xa1, 0xf8, 0xff))
TC(acquire_misaligned, ACQUIRE(0xdb, 0xa1, 0xf4, 0xff))
TC(acquire_unwritten, ACQUIRE(0xdb, 0xa1, 0xf0, 0xff))
TC(acquire_from_context, ACQUIRE(0xc3, 0x61, 0, 0))
TC(acquire_from_number, ACQUIRE(0xdb, 0x21, 0, 0))
TC(release_to_stack, RELEASE(0xdb, 0x2a, 0xf8, 0xff))
TC(release_half, RELEASE(0xcb, 0x2a, 0xf8, 0xff))
TC(release_of_nothing, RELEASE(0xdb, 0x5a, 0xf8, 0xff))
TC(release_to_context, RELEASE(0xc3, 0x26, 0, 0))
TC(release_past_stack, RELEASE(0xdb, 0x2a, 0, 0))
TC(may_go_forward, MAY_GOTO(1, 0) "r3 = 1;")
TC(may_go_nowhere, MAY_GOTO(0, 0))
TC(may_go_out, MAY_GOTO(100, 0))
TC(loop_without_end, "1: " MAY_GOTO(1, 0) "goto 1b;")
TC(loop_reads_what_it_has, "r7 = 0; 1: " MAY_GOTO(3, 0) "r7 += 1; r7 &= 7; goto 1b; r8 = r10; r8 += -8; r8 += r7; r3 = *(u8 *)(r8 + 0);")
TC(loop_goes_past, "r7 = 0; 1: " MAY_GOTO(2, 0) "r7 += 1; goto 1b; r8 = r10; r8 += -8; r8 += r7; r3 = *(u8 *)(r8 + 0);")

LICENSE("GPL");
