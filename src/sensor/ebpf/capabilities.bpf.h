/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Capabilities that were asked for and granted. */
#ifndef HULLWATCH_CAPABILITIES_BPF_H
#define HULLWATCH_CAPABILITIES_BPF_H

#define CAP_SYS_ADMIN 21
#define CLONE_NEW_ANY 0x7e020080ULL
#define TMPFS_MAGIC 0x01021994
#define CAP_OPT_NOAUDIT 2
/* Deeper than namespaces of users can be nested. */
#define MAX_USER_NS_LEVELS 33

static __always_inline __u64 clone_flags(int call)
{
	struct pt_regs *registers = call_registers();
	__u64 flags = PT_REGS_PARM1_CORE_SYSCALL(registers);

	/* struct clone_args begins with them; it lies in the program's memory. */
	if (call == CALL_CLONE3)
		bpf_probe_read_user(&flags, sizeof(flags), (const void *)PT_REGS_PARM1_CORE_SYSCALL(registers));
	return flags;
}

static __always_inline bool is_on_tmpfs(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *file = file_at(task, PT_REGS_PARM1_CORE_SYSCALL(call_registers()));

	return BPF_CORE_READ(file, f_inode, i_sb, s_magic) == TMPFS_MAGIC;
}

/* The calls of 32-bit programs that promise memory, and nothing that CAP_SYS_ADMIN is for. */
static __always_inline bool is_foreign_memory_call(int call)
{
	switch (call) {
	case 2:   /* fork */
	case 11:  /* execve */
	case 45:  /* brk */
	case 90:  /* mmap */
	case 117: /* ipc */
	case 125: /* mprotect */
	case 163: /* mremap */
	case 190: /* vfork */
	case 192: /* mmap2 */
	case 358: /* execveat */
	case 395: /* shmget */
		return true;
	case 120: /* clone */
		return (clone_flags(CALL_CLONE) & CLONE_NEW_ANY) == 0;
	case 435: /* clone3 */
		return (clone_flags(CALL_CLONE3) & CLONE_NEW_ANY) == 0;
	default:
		return false;
	}
}

/*
 * Whenever memory is promised, the kernel asks whether it may promise the last of it to this task, which is
 * CAP_SYS_ADMIN (mm/util.c, __vm_enough_memory). That is no use of the capability.
 */
static __always_inline bool is_about_memory(int capability, int call)
{
	if (capability != CAP_SYS_ADMIN)
		return false;
	switch (call) {
	case FOREIGN_CALL:
		return is_foreign_memory_call(call_number());
	case NO_CALL:
	case CALL_MMAP:
	case CALL_MPROTECT:
	case CALL_BRK:
	case CALL_MREMAP:
	case CALL_SHMGET:
	case CALL_EXECVE:
	case CALL_EXECVEAT:
#if CALL_FORK != CALL_CLONE
	case CALL_FORK:
	case CALL_VFORK:
#endif
		return true;
	case CALL_CLONE:
	case CALL_CLONE3:
		return (clone_flags(call) & CLONE_NEW_ANY) == 0;
	case CALL_WRITE:
	case CALL_WRITEV:
	case CALL_PWRITE64:
	case CALL_FTRUNCATE:
	case CALL_FALLOCATE:
		return is_on_tmpfs();
	default:
		return false;
	}
}

static __always_inline int report_capability(int capability, int call)
{
	struct sighting sighting = { .key.what = { capability, call } };
	struct subject subject;
	struct workbench *bench;

	if (!find_subject(&subject) || is_about_memory(capability, call) ||
	    !is_wanted(&subject, EVENT_CAPABILITIES))
		return 0;
	begin_sighting(&sighting, &subject, EVENT_CAPABILITIES);
	if (was_told(&sighting))
		return 0;
	bench = begin_event(&subject, EVENT_CAPABILITIES);
	if (!bench)
		return 0;
	bench->capability.capability = capability;
	bench->capability.syscall = call == FOREIGN_CALL ? NO_CALL : call;
	if (send_event(bench, &subject, sizeof(bench->capability)))
		remember(&sighting);
	return 0;
}

static __always_inline int named_call(void)
{
	return is_foreign_call() ? FOREIGN_CALL : call_number();
}

SEC("tp_btf/cap_capable")
int BPF_PROG(capability_granted, const struct cred *cred, struct user_namespace *target,
	     const struct user_namespace *capable, int capability, int result)
{
	return result == 0 ? report_capability(capability, named_call()) : 0;
}

/* What cap_capable() will answer (security/commoncap.c). */
static __always_inline bool is_granted(const struct cred *cred, struct user_namespace *target, int capability)
{
	struct user_namespace *own = BPF_CORE_READ(cred, user_ns);
	__u64 effective = 0;

	/* A number, or, in older kernels, two halves of one, in this order. */
	bpf_probe_read_kernel(&effective, sizeof(effective), &cred->cap_effective);
	for (int level = 0; level < MAX_USER_NS_LEVELS; level++) {
		if (target == own)
			return effective >> (capability & 63) & 1;
		if (BPF_CORE_READ(target, level) <= BPF_CORE_READ(own, level))
			return false;
		if (BPF_CORE_READ(target, parent) == own &&
		    BPF_CORE_READ(target, owner.val) == BPF_CORE_READ(cred, euid.val))
			return true;
		target = BPF_CORE_READ(target, parent);
	}
	return false;
}

/* For kernels without the tracepoint: asked before the answer is known. */
SEC("kprobe/cap_capable")
int BPF_KPROBE(capability_asked, const struct cred *cred, struct user_namespace *target, int capability,
	       unsigned int options)
{
	if ((options & CAP_OPT_NOAUDIT) || !is_granted(cred, target, capability))
		return 0;
	return report_capability(capability, named_call());
}

#endif
