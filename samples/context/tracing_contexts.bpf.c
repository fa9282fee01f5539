// SPDX-License-Identifier: GPL-2.0-only
// kprobe registers, tracepoint records, perf event data, raw tracepoint arguments.
#include "bpf.h"

#define ASM(name, section, text) SEC(section) NAKED int name(void) { asm volatile("r0 = 0; " text " r0 = 0; exit;"); }

ASM(kprobe_reads_ip, "kprobe/do_nanosleep", "r0 = *(u64 *)(r1 + 128);")
ASM(kprobe_reads_past_end, "kprobe/do_nanosleep", "r0 = *(u64 *)(r1 + 168);")
ASM(kprobe_reads_unaligned, "kprobe/do_nanosleep", "r0 = *(u64 *)(r1 + 4);")
ASM(kprobe_reads_narrow, "kprobe/do_nanosleep", "r0 = *(u32 *)(r1 + 128);")
ASM(kprobe_writes, "kprobe/do_nanosleep", "*(u64 *)(r1 + 128) = r0;")
ASM(tracepoint_reads_argument, "tracepoint/sched/sched_switch", "r0 = *(u64 *)(r1 + 8);")
ASM(tracepoint_reads_common, "tracepoint/sched/sched_switch", "r0 = *(u64 *)(r1 + 0);")
ASM(tracepoint_reads_far, "tracepoint/sched/sched_switch", "r0 = *(u64 *)(r1 + 8192);")
ASM(tracepoint_writes, "tracepoint/sched/sched_switch", "*(u64 *)(r1 + 8) = r0;")
ASM(perf_reads_period, "perf_event", "r0 = *(u64 *)(r1 + 168);")
ASM(perf_reads_address, "perf_event", "r0 = *(u64 *)(r1 + 176);")
ASM(perf_reads_past_end, "perf_event", "r0 = *(u64 *)(r1 + 184);")
ASM(perf_reads_half_period, "perf_event", "r0 = *(u32 *)(r1 + 168);")
ASM(raw_reads_first, "raw_tracepoint/sched_switch", "r0 = *(u64 *)(r1 + 0);")
ASM(raw_reads_twelfth, "raw_tracepoint/sched_switch", "r0 = *(u64 *)(r1 + 88);")
ASM(raw_reads_thirteenth, "raw_tracepoint/sched_switch", "r0 = *(u64 *)(r1 + 96);")
ASM(raw_reads_half, "raw_tracepoint/sched_switch", "r0 = *(u32 *)(r1 + 0);")
ASM(raw_writes, "raw_tracepoint/sched_switch", "*(u64 *)(r1 + 0) = r0;")
ASM(raw_writable_writes, "raw_tracepoint.w/sched_switch", "*(u64 *)(r1 + 0) = r0;")

LICENSE("GPL");
