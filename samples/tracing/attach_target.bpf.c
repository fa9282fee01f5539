// SPDX-License-Identifier: GPL-2.0-only
// Programs that name a function, hook or tracepoint of the kernel: it must be there and of the right kind.
#include "bpf.h"

SEC("fentry/do_nanosleep") int function(u64 *ctx) { return 0; }
SEC("fentry/no_such_function") int no_such_function(u64 *ctx) { return 0; }
SEC("tp_btf/no_such_tracepoint") int no_such_tracepoint(u64 *ctx) { return 0; }
SEC("lsm/no_such_hook") int no_such_hook(u64 *ctx) { return 0; }
SEC("lsm/file_open") int hook(u64 *ctx) { return 0; }
SEC("fmod_ret/do_nanosleep") int function_not_for_modification(u64 *ctx) { return 0; }
SEC("fmod_ret/security_file_open") int security_function(u64 *ctx) { return 0; }
SEC("iter/task") int iterator(void *ctx) { return 0; }
SEC("iter/no_such_iterator") int no_such_iterator(void *ctx) { return 0; }
SEC("fentry.s/do_nanosleep") int sleepable_not_allowed(u64 *ctx) { return 0; }
SEC("lsm.s/file_open") int sleepable_hook(u64 *ctx) { return 0; }
SEC("xdp.frags") int fragments(struct xdp_md *ctx) { return XDP_PASS; }

LICENSE("GPL");
