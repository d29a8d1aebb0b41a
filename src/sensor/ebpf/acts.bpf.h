/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Calls that are rare, each of which is told with the program that made it. */
#ifndef HULLWATCH_ACTS_BPF_H
#define HULLWATCH_ACTS_BPF_H

/* Begins an act_record: fills in the program; the texts go on at act_end(). */
static __always_inline struct workbench *begin_act(const struct subject *subject, __u32 type, long result)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct workbench *bench = begin_event(subject, type);
	struct act_record *record;
	struct file *exe;

	if (!bench)
		return NULL;
	record = &bench->act.record;
	record->a = 0;
	record->b = 0;
	record->result = result;
	record->first_base_size = 0;
	record->first_size = 0;
	record->second_base_size = 0;
	record->second_size = 0;
	record->third_size = 0;
	exe = BPF_CORE_READ(task, mm, exe_file);
	record->exe_size = exe ? resolve_path(&exe->f_path, bench->act.data, &record->event.record.flags) : 0;
	if (is_in_upper_layer(exe))
		record->event.record.flags |= EVENT_UPPER_LAYER;
	return bench;
}

static __always_inline __u32 act_end(const struct workbench *bench)
{
	const struct act_record *record = &bench->act.record;

	return (record->exe_size + record->first_base_size + record->first_size +
		record->second_base_size + record->second_size + record->third_size) &
	       ACT_DATA_MASK;
}

static __always_inline bool send_act(struct workbench *bench, const struct subject *subject)
{
	return send_event(bench, subject, sizeof(bench->act.record) + act_end(bench));
}

/* Adds a text of the program's memory and returns its size. */
static __always_inline __u32 add_text(struct workbench *bench, const char *text)
{
	__u32 size = read_text(bench, text) & (PATH_CAPACITY - 1);

	bpf_probe_read_kernel(bench->act.data + act_end(bench), size, bench->text);
	return size;
}

/* Adds a text of the kernel's memory and returns its size. */
static __always_inline __u32 add_kernel_text(struct workbench *bench, const char *text)
{
	long size = bpf_probe_read_kernel_str(bench->act.data + act_end(bench), PATH_CAPACITY, text);

	return size > 0 ? (size - 1) & (PATH_CAPACITY - 1) : 0;
}

/* Adds the base of the text in the workbench, then (by add_held_text) the text. */
static __always_inline __u32 add_base(struct workbench *bench, __u32 text_size, int directory)
{
	return read_base(bench, text_size, directory, bench->act.data + act_end(bench));
}

static __always_inline __u32 add_held_text(struct workbench *bench, __u32 size)
{
	bpf_probe_read_kernel(bench->act.data + act_end(bench), size & (PATH_CAPACITY - 1), bench->text);
	return size;
}

static __always_inline void add_first_path(struct workbench *bench, const struct given_path *path)
{
	__u32 size = read_text(bench, path->name);

	bench->act.record.first_base_size = add_base(bench, size, path->directory);
	bench->act.record.first_size = add_held_text(bench, size);
}

static __always_inline void add_second_path(struct workbench *bench, const struct given_path *path)
{
	__u32 size = read_text(bench, path->name);

	bench->act.record.second_base_size = add_base(bench, size, path->directory);
	bench->act.record.second_size = add_held_text(bench, size);
}

/* An act of two numbers. */
static __noinline int report_act(const struct subject *subject, __u32 type, long result, __u64 a, __u64 b)
{
	struct workbench *bench;

	if (!is_wanted(subject, type))
		return 0;
	bench = begin_act(subject, type, result);
	if (!bench)
		return 0;
	bench->act.record.a = a;
	bench->act.record.b = b;
	return send_act(bench, subject);
}

/* The same, unless it was told a moment ago. */
static __always_inline void report_act_once(const struct subject *subject, __u32 type, long result, __u64 a,
					    __u64 b)
{
	struct sighting sighting = { .key.what = { a, b, result } };

	if (!is_wanted(subject, type))
		return;
	begin_sighting(&sighting, subject, type);
	if (was_told(&sighting))
		return;
	if (report_act(subject, type, result, a, b))
		remember(&sighting);
}

SEC("tp/syscalls/sys_exit_bpf")
int sys_bpf(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	long result = context->ret;
	struct subject subject;

	if ((result >= 0 || is_refusal(result)) && find_subject(&subject))
		report_act(&subject, EVENT_BPF, result, (__u32)PT_REGS_PARM1_CORE_SYSCALL(registers),
			   (__u32)PT_REGS_PARM3_CORE_SYSCALL(registers));
	return 0;
}

SEC("tp/syscalls/sys_exit_unshare")
int sys_unshare(struct trace_event_raw_sys_exit *context)
{
	long result = context->ret;
	struct subject subject;

	if ((result == 0 || is_refusal(result)) && find_subject(&subject))
		report_act(&subject, EVENT_UNSHARE, result, PT_REGS_PARM1_CORE_SYSCALL(call_registers()), 0);
	return 0;
}

struct ns_common___typed {
	__u32 ns_type;
} __attribute__((preserve_access_index));

/* Until 6.18 the type was kept with the operations. */
struct proc_ns_operations___typed {
	int type;
} __attribute__((preserve_access_index));

/* CLONE_NEW… of the namespace that a file of /proc/PID/ns stands for; 0 when it is another file. */
static __always_inline __u64 namespace_type(__u32 descriptor)
{
	const __u64 nsfs_magic = 0x6e736673;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *file = file_at(task, descriptor);
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct ns_common *ns = BPF_CORE_READ(inode, i_private);
	struct proc_ns_operations___typed *operations;

	if (!inode || BPF_CORE_READ(inode, i_sb, s_magic) != nsfs_magic)
		return 0;
	if (bpf_core_field_exists(((struct ns_common___typed *)ns)->ns_type))
		return BPF_CORE_READ((struct ns_common___typed *)ns, ns_type);
	operations = (void *)BPF_CORE_READ(ns, ops);
	return (__u32)BPF_CORE_READ(operations, type);
}

SEC("tp/syscalls/sys_exit_setns")
int sys_setns(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	__u64 type = (__u32)PT_REGS_PARM2_CORE_SYSCALL(registers);
	long result = context->ret;
	struct subject subject;

	if ((result != 0 && !is_refusal(result)) || !find_subject(&subject))
		return 0;
	if (type == 0)
		type = namespace_type(PT_REGS_PARM1_CORE_SYSCALL(registers));
	report_act(&subject, EVENT_SETNS, result, type, 0);
	return 0;
}

/* Those that take or change; a debugger's way through its program is not told step by step. */
static __always_inline bool is_taking_control(__u64 request)
{
	switch (request) {
	case 0:      /* TRACEME */
	case 4:      /* POKETEXT */
	case 5:      /* POKEDATA */
	case 6:      /* POKEUSR */
	case 13:     /* SETREGS */
	case 15:     /* SETFPREGS */
	case 16:     /* ATTACH */
	case 19:     /* SETFPXREGS */
	case 0x4205: /* SETREGSET */
	case 0x4206: /* SEIZE */
		return true;
	default:
		return false;
	}
}

struct tracee_search {
	struct list_head *head;
	struct list_head *entry;
	__u32 pid;   /* as the caller sees it */
	__u32 level; /* of the caller's namespace */
	__u32 found; /* as the host sees it */
	__u32 reserved;
};

static long search_tracee(__u32 step, struct tracee_search *search)
{
	struct list_head *entry = search->entry;
	struct task_struct *task = container_of(entry, struct task_struct, ptrace_entry);
	struct pid *pid;
	struct upid upid = {};

	if (!entry || entry == search->head)
		return 1;
	pid = BPF_CORE_READ(task, thread_pid);
	bpf_probe_read_kernel(&upid, sizeof(upid), &pid->numbers[search->level & 31]);
	if ((__u32)upid.nr == search->pid) {
		search->found = BPF_CORE_READ(task, tgid);
		return 1;
	}
	search->entry = BPF_CORE_READ(entry, next);
	return 0;
}

/* A tracee is in its tracer's list; one that could not be taken is known only where pids are the host's. */
static __always_inline __u32 traced_pid(__u64 request, __u32 pid)
{
	const __u32 max_tracees = 1024;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct tracee_search search = {
		.head = &task->ptraced,
		.entry = BPF_CORE_READ(task, ptraced.next),
		.pid = pid,
		.level = BPF_CORE_READ(task, thread_pid, level),
	};

	if (request == 0)
		return BPF_CORE_READ(task, real_parent, tgid);
	bpf_loop(max_tracees, search_tracee, &search, 0);
	if (search.found == 0 && search.level == 0)
		return pid;
	return search.found;
}

SEC("tp/syscalls/sys_exit_ptrace")
int sys_ptrace(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	__u64 request = PT_REGS_PARM1_CORE_SYSCALL(registers);
	long result = context->ret;
	struct subject subject;

	if (!is_taking_control(request) || (result < 0 && !is_refusal(result)) || !find_subject(&subject))
		return 0;
	report_act_once(&subject, EVENT_PTRACE, result, request,
			traced_pid(request, PT_REGS_PARM2_CORE_SYSCALL(registers)));
	return 0;
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(io_uring_submit, struct io_kiocb *request)
{
	struct subject subject;

	/* The lower bits are those that the program gave (IOSQE_…). */
	if (find_subject(&subject))
		report_act_once(&subject, EVENT_IOURING, 0, BPF_CORE_READ(request, opcode),
				BPF_CORE_READ(request, flags) & 0xff);
	return 0;
}

#endif
