/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Programs executed, processes made and ended, and the cgroups that they are in. */
#ifndef HULLWATCH_PROCESSES_BPF_H
#define HULLWATCH_PROCESSES_BPF_H

#define SIGNAL_GROUP_EXIT 4

/* Copies the argument vector and returns its size; the flags say when it is not whole. */
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

static __always_inline void read_terminal(struct task_struct *task, struct exec_record *record)
{
	struct tty_struct *tty = BPF_CORE_READ(task, signal, tty);
	struct tty_driver *driver = BPF_CORE_READ(tty, driver);

	record->tty_major = tty ? BPF_CORE_READ(driver, major) : 0;
	record->tty_minor = tty ? BPF_CORE_READ(driver, minor_start) + BPF_CORE_READ(tty, index) : 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct subject subject;
	struct workbench *bench;
	struct exec_record *record;
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct file *exe = BPF_CORE_READ(mm, exe_file);
	__u8 *flags;
	char *data;
	long file_size;
	__u32 used;

	process_executed(task);
	if (!find_subject(&subject))
		return 0;
	bench = begin_event(&subject, EVENT_EXEC);
	if (!bench)
		return 0;
	record = &bench->exec.record;
	flags = &record->event.record.flags;
	data = bench->exec.data;
	read_terminal(task, record);
	if (is_in_upper_layer(exe))
		*flags |= EVENT_UPPER_LAYER;
	if (is_in_upper_layer(BPF_CORE_READ(task, real_parent, mm, exe_file)))
		*flags |= EXEC_PARENT_UPPER_LAYER;

	record->args_size = read_args(mm, data, flags);
	used = record->args_size & (2 * ARGS_CAPACITY - 1);
	file_size = bpf_probe_read_kernel_str(data + used, PATH_CAPACITY, BPF_CORE_READ(bprm, filename));
	record->file_size = file_size > 0 ? file_size - 1 : 0;
	used = (used + record->file_size) & EXEC_DATA_MASK;
	record->exe_size = resolve_path(&exe->f_path, data + used, flags);
	used = (used + record->exe_size) & EXEC_DATA_MASK;
	record->cwd_size = resolve_path(&BPF_CORE_READ(task, fs)->pwd, data + used, flags);
	used = (used + record->cwd_size) & EXEC_DATA_MASK;
	send_event(bench, &subject, sizeof(*record) + used);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct subject subject;
	struct workbench *bench;

	if (parent->tgid == child->tgid)
		return 0; /* a thread */
	process_forked(parent, child);
	if (!find_subject(&subject))
		return 0;
	bench = begin_event(&subject, EVENT_FORK);
	if (!bench)
		return 0;
	bench->fork.child_start_boot_ns = start_of(child);
	bench->fork.child_pid = child->tgid;
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
	bench = begin_event(&subject, EVENT_EXIT);
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
	struct cgroup_verdict *verdict;
	struct container_share *share;
	__u32 index;

	if (BPF_CORE_READ(cgroup, root, hierarchy_id) != 0)
		return 0;
	verdict = bpf_map_lookup_elem(&cgroup_verdicts, &id);
	if (!verdict || verdict->container_id == id)
		note_removed(id);
	bpf_map_delete_elem(&cgroup_verdicts, &id);
	index = find_share(id);
	share = share_at(index);
	if (share && index != 0)
		share->is_removed = 1;
	return 0;
}

#endif
