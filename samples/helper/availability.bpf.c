// SPDX-License-Identifier: GPL-2.0-only
// Which program type may call which helper, and that the number must be one.
#include "bpf.h"

#define CALL(name, section, text) SEC(section) NAKED int name(void) { asm volatile(text "r0 = 0; exit;"); }

CALL(xdp_pulls_data, "xdp", "r2 = 64; call 39;")
CALL(socket_redirects, "socket", "r1 = 1; r2 = 0; call 23;")
CALL(kprobe_adjusts_head, "kprobe/do_nanosleep", "r2 = 0; call 44;")
CALL(tc_gets_stack, "tc", "r2 = r10; r2 += -8; r3 = 8; r4 = 0; call 67;")
CALL(xdp_random, "xdp", "call 7;")
CALL(kprobe_overrides_return, "kprobe/do_nanosleep", "r2 = 0; call 58;")
CALL(number_zero, "xdp", "call 0;")
CALL(number_too_large, "xdp", "call 12345;")
CALL(number_negative, "xdp", "call -1;")

LICENSE("GPL");
