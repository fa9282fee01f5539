namespace BpfVerifier.Runtime;

/// <summary>
/// Raw tracepoints that pass null or an error where a pointer is declared. Four bits an argument: 1 may be null,
/// 2 may encode an error. Facts of the kernel's own list (raw_tp_null_args), restricted to tracepoints built into the
/// images known here.
/// </summary>
internal static class RawTracepointNulls
{
    private readonly record struct Entry(string Tracepoint, int Mask, Since Since = Since.Always);

    private enum Since
    {
        Always,
        WaitAndSignal,
        TcpSendmsg,
    }

    private static readonly Entry[] Entries =
    [
        new("sched_pi_setprio", 0x10), new("sched_stick_numa", 0x100), new("sched_swap_numa", 0x100),
        new("sched_process_wait", 0x1, Since.WaitAndSignal),
        new("ext4_mballoc_discard", 0x10), new("ext4_mballoc_free", 0x10), new("fib_table_lookup", 0x100),
        new("posix_lock_inode", 0x10), new("fcntl_setlk", 0x10), new("locks_remove_posix", 0x10), new("flock_lock_inode", 0x10),
        new("break_lease_noblock", 0x10), new("break_lease_block", 0x10), new("break_lease_unblock", 0x10),
        new("generic_delete_lease", 0x10), new("time_out_leases", 0x10),
        new("mm_khugepaged_scan_pmd", 0x10), new("mm_collapse_huge_page_isolate", 0x1), new("mm_khugepaged_scan_file", 0x10),
        new("mm_khugepaged_collapse_file", 0x10), new("mm_page_alloc", 0x1), new("mm_page_pcpu_drain", 0x1),
        new("mm_page_alloc_zone_locked", 0x1), new("netfs_failure", 0x10), new("device_pm_callback_start", 0x10),
        new("qdisc_dequeue", 0x1000), new("kfree_skb", 0x1000), new("tcp_send_reset", 0x11),
        new("tcp_sendmsg_locked", 0x100, Since.TcpSendmsg), new("tmigr_update_events", 0x1), new("writeback_dirty_folio", 0x10),
        new("folio_wait_writeback", 0x10), new("mr_integ_alloc", 0x2000), new("bpf_testmod_test_read", 0x0),
        new("signal_generate", 0x20, Since.WaitAndSignal), new("signal_deliver", 0x20, Since.WaitAndSignal),
        new("xs_stream_read_data", 0x1), new("xprt_reserve_cong", 0x10), new("xprt_release_cong", 0x10),
        new("xprt_get_cong", 0x10), new("xprt_put_cong", 0x10),
    ];

    /// <summary>The mask of a tracepoint, 0 when all its pointers are good.</summary>
    public static int Find(string tracepoint, Changes changes)
    {
        foreach (Entry entry in Entries)
        {
            if (entry.Tracepoint != tracepoint)
                continue;
            bool known = entry.Since switch
            {
                Since.WaitAndSignal => changes.WaitAndSignalTracepointNulls,
                Since.TcpSendmsg => changes.TcpSendmsgTracepointNulls,
                _ => true,
            };
            return known ? entry.Mask : 0;
        }
        return 0;
    }
}
