// SPDX-License-Identifier: GPL-2.0-only
// Formats and constants must lie in memory the verifier can read, and end.
#include "bpf.h"

const char format[] = "%d of %d\n";
const char unfinished[4] = { 'a', 'b', 'c', 'd' };
char writable[] = "text";

SEC("kprobe/do_nanosleep") int formatted(struct pt_regs *regs) { char to[32]; u64 data[2] = { 1, 2 }; return bpf_snprintf(to, sizeof(to), format, data, sizeof(data)) < 0; }
SEC("kprobe/do_nanosleep") int too_few_values(struct pt_regs *regs) { char to[32]; u64 data[1] = { 1 }; return bpf_snprintf(to, sizeof(to), format, data, sizeof(data)) < 0; }
SEC("kprobe/do_nanosleep") int format_is_writable(struct pt_regs *regs) { char to[32]; u64 data[1] = { 1 }; return bpf_snprintf(to, sizeof(to), writable, data, sizeof(data)) < 0; }
SEC("kprobe/do_nanosleep") int compared(struct pt_regs *regs) { char comm[16]; bpf_get_current_comm(comm, sizeof(comm)); return bpf_strncmp(comm, sizeof(comm), format) == 0; }
SEC("kprobe/do_nanosleep") int not_terminated(struct pt_regs *regs) { char comm[16]; bpf_get_current_comm(comm, sizeof(comm)); return bpf_strncmp(comm, sizeof(comm), unfinished) == 0; }
SEC("kprobe/do_nanosleep") int on_the_stack(struct pt_regs *regs) { char comm[16], other[4] = "abc"; bpf_get_current_comm(comm, sizeof(comm)); return bpf_strncmp(comm, sizeof(comm), other) == 0; }
SEC("kprobe/do_nanosleep") int printed(struct pt_regs *regs) { bpf_trace_printk(format, sizeof(format), 1, 2); return 0; }

LICENSE("GPL");
