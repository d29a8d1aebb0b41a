/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* The call that the current task is making, its open files and its program. */
#ifndef HULLWATCH_TASK_BPF_H
#define HULLWATCH_TASK_BPF_H

#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define AT_FDCWD -100
#define S_IFMT 0170000
#define S_IFSOCK 0140000
#define EPERM 1
#define EINTR 4
#define EACCES 13
#define EEXIST 17
#define ENOSYS 38
#define EOPNOTSUPP 95
/* Errors that never reach a program: the kernel restarts the call, or turns them into EINTR. */
#define ERESTARTSYS 512
#define ERESTART_RESTARTBLOCK 516
#define NO_CALL -1
/* One whose number means something else. */
#define FOREIGN_CALL -2
/* Set in the numbers of the calls of programs with 64-bit registers and 32-bit pointers (x32). */
#define X32_CALL 0x40000000

#if defined(bpf_target_x86)
#define CALL_READ 0
#define CALL_WRITE 1
#define CALL_MMAP 9
#define CALL_MPROTECT 10
#define CALL_BRK 12
#define CALL_PWRITE64 18
#define CALL_READV 19
#define CALL_WRITEV 20
#define CALL_MREMAP 25
#define CALL_SHMGET 29
#define CALL_CLONE 56
#define CALL_FORK 57
#define CALL_VFORK 58
#define CALL_EXECVE 59
#define CALL_FTRUNCATE 77
#define CALL_INIT_MODULE 175
#define CALL_DELETE_MODULE 176
#define CALL_FALLOCATE 285
#define CALL_FINIT_MODULE 313
#define CALL_EXECVEAT 322
#define CALL_OPEN 2
#define CALL_CREAT 85
#define CALL_OPENAT 257
#define CALL_OPENAT2 437
#else
#define CALL_FTRUNCATE 46
#define CALL_FALLOCATE 47
#define CALL_READ 63
#define CALL_WRITE 64
#define CALL_READV 65
#define CALL_WRITEV 66
#define CALL_PWRITE64 68
#define CALL_INIT_MODULE 105
#define CALL_DELETE_MODULE 106
#define CALL_SHMGET 194
#define CALL_BRK 214
#define CALL_MREMAP 216
#define CALL_CLONE 220
#define CALL_EXECVE 221
#define CALL_MMAP 222
#define CALL_MPROTECT 226
#define CALL_FINIT_MODULE 273
#define CALL_EXECVEAT 281
/* Only by openat: no call has these numbers. */
#define CALL_OPEN -2
#define CALL_CREAT -3
#define CALL_OPENAT 56
#define CALL_OPENAT2 437
/* There are no others that make processes. */
#define CALL_FORK CALL_CLONE
#define CALL_VFORK CALL_CLONE
#endif
#define CALL_CLONE3 435

/*
 * At the exit of a call its arguments are still in the saved registers, where the program cannot
 * change them; so one program a call is enough, and nothing has to be kept from entry to exit.
 */
static __always_inline struct pt_regs *call_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

/* Number of the call under way; NO_CALL in a page fault and the like. */
static __always_inline int call_number(void)
{
#if defined(bpf_target_x86)
	return call_registers()->orig_ax;
#else
	return call_registers()->syscallno;
#endif
}

/*
 * Whether it is a call of a 32-bit program. The kernel does not tell tracepoints of system calls about them, but
 * those of all calls (sys_enter).
 */
static __always_inline bool is_foreign_call(void)
{
#if defined(bpf_target_x86)
	const __u32 is_compat = 2; /* TS_COMPAT */

	return bpf_get_current_task_btf()->thread_info.status & is_compat;
#else
	return false;
#endif
}

static __always_inline long told_result(long result)
{
	if (result <= -ERESTARTSYS && result >= -ERESTART_RESTARTBLOCK)
		return -EINTR;
	return result;
}

/* It was attempted, and the kernel does not let it happen. */
static __always_inline bool is_refusal(long result)
{
	return result == -EPERM || result == -EACCES || result == -ENOSYS || result == -EOPNOTSUPP;
}

static __always_inline struct file *file_at(struct task_struct *task, __u32 descriptor)
{
	struct file **table = BPF_CORE_READ(task, files, fdt, fd);
	struct file *file = NULL;

	if (descriptor < BPF_CORE_READ(task, files, fdt, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), table + descriptor);
	return file;
}

/*
 * Whether a file of an overlay lies in the upper, writable layer. overlayfs keeps `struct inode`
 * inside its own inode, followed by the pointer to the upper dentry (fs/overlayfs/ovl_entry.h,
 * struct ovl_inode); overlayfs may be a module, whose types are not in the kernel's BTF.
 */
static __always_inline bool is_in_upper_layer(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	void *upper_dentry = NULL;

	if (!inode || BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return false;
	bpf_probe_read_kernel(&upper_dentry, sizeof(upper_dentry),
			      (void *)inode + bpf_core_type_size(struct inode));
	return upper_dentry != NULL;
}

#endif
