namespace BpfVerifier;

/// <summary>The error numbers BPF_PROG_LOAD and its preparation return, as positive Linux errno values.</summary>
public enum Errno
{
    /// <summary>No error.</summary>
    None = 0,
    /// <summary>Operation not permitted.</summary>
    EPERM = 1,
    /// <summary>No such file or directory.</summary>
    ENOENT = 2,
    /// <summary>No such process; libbpf's word for a missing symbol or type.</summary>
    ESRCH = 3,
    /// <summary>Interrupted.</summary>
    EINTR = 4,
    /// <summary>Argument list too long.</summary>
    E2BIG = 7,
    /// <summary>Exec format error.</summary>
    ENOEXEC = 8,
    /// <summary>Bad file descriptor.</summary>
    EBADF = 9,
    /// <summary>Try again.</summary>
    EAGAIN = 11,
    /// <summary>Out of memory.</summary>
    ENOMEM = 12,
    /// <summary>Permission denied: the verifier's usual rejection.</summary>
    EACCES = 13,
    /// <summary>Bad address.</summary>
    EFAULT = 14,
    /// <summary>Device or resource busy.</summary>
    EBUSY = 16,
    /// <summary>File exists: something that may be there once is there twice.</summary>
    EEXIST = 17,
    /// <summary>Invalid argument.</summary>
    EINVAL = 22,
    /// <summary>Not a typewriter; the verifier's word for an unsupported command.</summary>
    ENOTTY = 25,
    /// <summary>No space left: the log buffer is full.</summary>
    ENOSPC = 28,
    /// <summary>Numerical result out of range.</summary>
    ERANGE = 34,
    /// <summary>Deadlock.</summary>
    EDEADLK = 35,
    /// <summary>Name too long.</summary>
    ENAMETOOLONG = 36,
    /// <summary>No such system call.</summary>
    ENOSYS = 38,
    /// <summary>Too many levels.</summary>
    ELOOP = 40,
    /// <summary>Protocol error: a map by index, and no array of descriptors.</summary>
    EPROTO = 71,
    /// <summary>Value too large.</summary>
    EOVERFLOW = 75,
    /// <summary>Not supported on transport endpoint (EOPNOTSUPP).</summary>
    EOPNOTSUPP = 95,
    /// <summary>Operation already in progress.</summary>
    EALREADY = 114,
    /// <summary>Cancelled.</summary>
    ECANCELED = 125,
    /// <summary>Kernel-internal ENOTSUPP, visible to user space as 524.</summary>
    ENOTSUPP = 524,
}
