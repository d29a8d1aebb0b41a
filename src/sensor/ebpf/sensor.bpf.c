/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The kernel side of Hullwatch: tells what the containers of this machine execute, open, fork and
 * how their processes end. Tracepoints only (syscall exits, and tp_btf), no kprobe, no LSM.
 * Kernel 5.17 or later (bpf_loop), with BTF.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "records.h"

const volatile struct sensor_settings settings SEC(".rodata.settings");

#include "container.bpf.h"
#include "phase.bpf.h"
#include "path.bpf.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define AT_FDCWD -100
#define O_WRONLY 1
#define O_CREAT 0100
#define O_TRUNC 01000
#define EINTR 4
#define EEXIST 17
#define SIGNAL_GROUP_EXIT 4
/* Errors that never reach a program: the kernel restarts the call, or turns them into EINTR. */
#define ERESTARTSYS 512
#define ERESTART_RESTARTBLOCK 516

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

/* Copies the argument vector and returns its size; the caller's flags say when it is not whole. */
static __always_inline __u32 read_args(struct mm_struct *mm, char *target, __u8 *flags)
{
	__u64 start = BPF_CORE_READ(mm, arg_start);
	__u64 size = BPF_CORE_READ(mm, arg_end) - start;

	if (size > ARGS_CAPACITY) {
		size = ARGS_CAPACITY;
		*flags |= EXEC_ARGS_TRUNCATED;
	}
	if (bpf_probe_read_user(target, size, (const void *)start)) {
		*flags |= EXEC_ARGS_TRUNCATED;
		return 0;
	}
	return size;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct subject subject;
	struct workbench *bench;
	struct exec_record *record;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	char *data;
	long file_size;
	__u32 used;

	process_executed(task);
	if (!find_subject(&subject))
		return 0;
	bench = begin_event(&subject, RECORD_EXEC);
	if (!bench)
		return 0;
	record = &bench->exec.record;
	data = bench->exec.data;
	if (is_in_upper_layer(exe))
		record->event.record.flags |= EXEC_UPPER_LAYER;
	if (is_in_upper_layer(BPF_CORE_READ(task, real_parent, mm, exe_file)))
		record->event.record.flags |= EXEC_PARENT_UPPER_LAYER;

	record->args_size = read_args(mm, data, &record->event.record.flags);
	used = record->args_size & (2 * ARGS_CAPACITY - 1);
	file_size = bpf_probe_read_kernel_str(data + used, PATH_CAPACITY, BPF_CORE_READ(bprm, filename));
	record->file_size = file_size > 0 ? file_size - 1 : 0;
	used = (used + record->file_size) & EXEC_DATA_MASK;
	record->exe_size = resolve_path(&exe->f_path, data + used);
	used = (used + record->exe_size) & EXEC_DATA_MASK;
	record->cwd_size = resolve_path(&BPF_CORE_READ(task, fs)->pwd, data + used);
	used = (used + record->cwd_size) & EXEC_DATA_MASK;
	send_event(bench, &subject, sizeof(*record) + used);
	return 0;
}

static __always_inline struct file *file_at(struct task_struct *task, __u32 descriptor)
{
	struct file **table = BPF_CORE_READ(task, files, fdt, fd);
	struct file *file = NULL;

	if (descriptor < BPF_CORE_READ(task, files, fdt, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), table + descriptor);
	return file;
}

struct open_call {
	long result;
	int directory;    /* descriptor that a relative name starts from */
	__u32 flags;
	const char *name; /* in the caller's memory; null when the call takes none */
};

/* The base and the name as they were given; see struct open_record. */
static __always_inline __u32 read_given_path(struct task_struct *task, const struct open_call *call,
					     struct open_record *record, char *data)
{
	long size = bpf_probe_read_user_str(data + PATH_CAPACITY, PATH_CAPACITY, call->name);
	__u32 base_size = 1, path_size = size > 0 ? (size - 1) & (PATH_CAPACITY - 1) : 0;

	data[0] = '/';
	if (path_size == 0 || data[PATH_CAPACITY] != '/') {
		if (call->directory == AT_FDCWD) {
			base_size = resolve_path(&BPF_CORE_READ(task, fs)->pwd, data);
		} else {
			struct file *directory = file_at(task, call->directory);

			base_size = directory ? resolve_path(&directory->f_path, data) : 0;
		}
		if (base_size == 0) {
			data[0] = '/';
			base_size = 1;
		}
	}
	base_size &= PATH_CAPACITY - 1;
	bpf_probe_read_kernel(data + base_size, path_size, data + PATH_CAPACITY);
	record->base_size = base_size;
	record->path_size = path_size;
	return base_size + path_size;
}

static __always_inline int report_open(struct open_call *call)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct subject subject;
	struct workbench *bench;
	struct open_record *record;
	struct file *file = NULL;
	__u32 used = 0;

	if (!find_subject(&subject))
		return 0;
	bench = begin_event(&subject, RECORD_OPEN);
	if (!bench)
		return 0;
	if (call->result <= -ERESTARTSYS && call->result >= -ERESTART_RESTARTBLOCK)
		call->result = -EINTR;
	record = &bench->open.record;
	record->result = call->result;
	record->flags = call->flags;
	record->base_size = 0;
	record->reserved = 0;
	if (call->result >= 0)
		file = file_at(task, call->result);
	if (file)
		used = resolve_path(&file->f_path, bench->open.data);
	record->path_size = used;
	if (used == 0)
		used = read_given_path(task, call, record, bench->open.data);
	send_event(bench, &subject, sizeof(*record) + used);
	return 0;
}

/*
 * At the exit of a call its arguments are still in the saved registers, where the program cannot
 * change them; so one program a call is enough, and nothing has to be kept from entry to exit.
 */
static __always_inline struct pt_regs *call_registers(void)
{
	return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
}

SEC("tp/syscalls/sys_exit_openat")
int sys_openat(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	struct open_call call = {
		.result = context->ret,
		.directory = PT_REGS_PARM1_CORE_SYSCALL(registers),
		.name = (const char *)PT_REGS_PARM2_CORE_SYSCALL(registers),
		.flags = PT_REGS_PARM3_CORE_SYSCALL(registers),
	};

	return report_open(&call);
}

SEC("tp/syscalls/sys_exit_openat2")
int sys_openat2(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	struct open_call call = {
		.result = context->ret,
		.directory = PT_REGS_PARM1_CORE_SYSCALL(registers),
		.name = (const char *)PT_REGS_PARM2_CORE_SYSCALL(registers),
	};

	/* struct open_how begins with the flags; it lies in the program's memory. */
	bpf_probe_read_user(&call.flags, sizeof(call.flags),
			    (const void *)PT_REGS_PARM3_CORE_SYSCALL(registers));
	return report_open(&call);
}

SEC("tp/syscalls/sys_exit_open")
int sys_open(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	struct open_call call = {
		.result = context->ret,
		.directory = AT_FDCWD,
		.name = (const char *)PT_REGS_PARM1_CORE_SYSCALL(registers),
		.flags = PT_REGS_PARM2_CORE_SYSCALL(registers),
	};

	return report_open(&call);
}

SEC("tp/syscalls/sys_exit_creat")
int sys_creat(struct trace_event_raw_sys_exit *context)
{
	struct open_call call = {
		.result = context->ret,
		.directory = AT_FDCWD,
		.name = (const char *)PT_REGS_PARM1_CORE_SYSCALL(call_registers()),
		.flags = O_CREAT | O_WRONLY | O_TRUNC,
	};

	return report_open(&call);
}

/* Opens by handle need no name, which makes them a way out of a container that may use them. */
SEC("tp/syscalls/sys_exit_open_by_handle_at")
int sys_open_by_handle_at(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	struct open_call call = {
		.result = context->ret,
		.directory = PT_REGS_PARM1_CORE_SYSCALL(registers),
		.flags = PT_REGS_PARM3_CORE_SYSCALL(registers),
	};

	return report_open(&call);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct subject subject;
	struct workbench *bench;

	if (BPF_CORE_READ(parent, tgid) == BPF_CORE_READ(child, tgid))
		return 0; /* a thread */
	process_forked(parent, child);
	if (!find_subject(&subject))
		return 0;
	bench = begin_event(&subject, RECORD_FORK);
	if (!bench)
		return 0;
	bench->fork.child_pid = BPF_CORE_READ(child, tgid);
	bench->fork.reserved = 0;
	send_event(bench, &subject, sizeof(bench->fork));
	return 0;
}

struct process_key {
	__u64 start_boot_ns;
	__u32 pid;
	__u32 reserved;
};

/* Processes whose end was told: threads that end at the same moment each see themselves as the last. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct process_key);
	__type(value, __u8);
} ended_processes SEC(".maps");

static __always_inline bool is_first_to_tell(struct task_struct *task)
{
	struct process_key key = { .start_boot_ns = start_of(task), .pid = BPF_CORE_READ(task, tgid) };
	__u8 yes = 1;

	return bpf_map_update_elem(&ended_processes, &key, &yes, BPF_NOEXIST) != -EEXIST;
}

/* What wait(2) will tell the parent (kernel/exit.c, wait_task_zombie). */
static __always_inline __u32 wait_status(struct task_struct *task)
{
	struct signal_struct *group = BPF_CORE_READ(task, signal);

	if (BPF_CORE_READ(group, flags) & SIGNAL_GROUP_EXIT)
		return BPF_CORE_READ(group, group_exit_code);
	return BPF_CORE_READ(task, group_leader, exit_code);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	struct subject subject;
	struct workbench *bench;
	__u32 status;

	if (BPF_CORE_READ(task, signal, live.counter) != 0)
		return 0; /* other threads go on */
	if (!find_subject(&subject)) {
		process_exited(task);
		return 0;
	}
	if (!is_first_to_tell(task))
		return 0;
	bench = begin_event(&subject, RECORD_EXIT);
	process_exited(task);
	if (!bench)
		return 0;
	status = wait_status(task);
	bench->exit.exit_code = (status >> 8) & 0xff;
	bench->exit.signal = status & 0x7f;
	send_event(bench, &subject, sizeof(bench->exit));
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(cgroup_attach, struct cgroup *target, const char *path, struct task_struct *task)
{
	/* 0 is the v2 hierarchy; the tracepoint tells of the others too. */
	if (BPF_CORE_READ(target, root, hierarchy_id) == 0)
		process_attached(task);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(cgroup_remove, struct cgroup *cgroup)
{
	__u64 id = BPF_CORE_READ(cgroup, kn, id);

	if (BPF_CORE_READ(cgroup, root, hierarchy_id) == 0)
		bpf_map_delete_elem(&cgroup_verdicts, &id);
	return 0;
}
