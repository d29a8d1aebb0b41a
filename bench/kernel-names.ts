/** System calls that services use; an agent for x86-64 sees about so many different ones. */
export const SYSCALLS: readonly string[] =
  'accept4 access arch_prctl bind brk capget capset chdir chmod chown clock_getres clock_gettime clock_nanosleep clone clone3 close close_range connect copy_file_range creat dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 execve exit exit_group faccessat faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchown fchownat fcntl fdatasync fgetxattr flock fork fstat fstatfs fsync ftruncate futex getcpu getcwd getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr inotify_add_watch inotify_init1 io_getevents io_setup io_submit ioctl ioprio_get kill lgetxattr link linkat listen lseek lstat madvise membarrier memfd_create mincore mkdir mkdirat mlock mmap mprotect mremap msync munmap nanosleep newfstatat open openat openat2 pause pipe pipe2 poll ppoll prctl pread64 preadv prlimit64 pselect6 pwrite64 pwritev read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg rename renameat renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait sched_getaffinity sched_getparam sched_getscheduler sched_setaffinity sched_yield select sendfile sendmmsg sendmsg sendto set_robust_list set_tid_address setgid setgroups setitimer setpgid setpriority setresgid setresuid setrlimit setsid setsockopt setuid shmat shmctl shmdt shmget shutdown sigaltstack signalfd4 socket socketpair splice stat statfs statx symlink symlinkat sync_file_range sysinfo tee tgkill time timerfd_create timerfd_settime times truncate umask uname unlink unlinkat utimensat vfork wait4 waitid write writev'.split(
    ' ',
  );

/** Capabilities as profiles name them. */
export const CAPABILITIES: readonly string[] =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK KILL NET_ADMIN NET_BIND_SERVICE NET_RAW SETGID SETPCAP SETUID SYS_ADMIN SYS_CHROOT SYS_NICE SYS_PTRACE SYS_RESOURCE'.split(
    ' ',
  );
