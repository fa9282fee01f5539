// SPDX-License-Identifier: GPL-2.0-only
// Helpers marked GPL-only cannot be called from a program under another license.
#include "bpf.h"

SEC("kprobe/do_nanosleep") int gpl_only(struct pt_regs *regs) { char c[16]; return bpf_probe_read_kernel(c, sizeof(c), (void *)regs->di) < 0; }
SEC("kprobe/do_nanosleep") int for_all(struct pt_regs *regs) { return bpf_get_smp_processor_id() == 0; }
SEC("xdp") int time_is_for_all(struct xdp_md *ctx) { return bpf_ktime_get_ns() > 5 ? XDP_PASS : XDP_DROP; }
SEC("xdp") int random_is_for_all(struct xdp_md *ctx) { return bpf_get_prandom_u32() > 5 ? XDP_PASS : XDP_DROP; }

LICENSE("Proprietary");
