/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* File systems that were mounted, and attempts. */
#ifndef HULLWATCH_MOUNTS_BPF_H
#define HULLWATCH_MOUNTS_BPF_H

#define MS_BIND 4096
#define MS_MOVE 8192

static __always_inline bool is_told_mount(long result)
{
	return result == 0 || is_refusal(result);
}

SEC("tp/syscalls/sys_exit_mount")
int sys_mount(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	struct given_path source = { AT_FDCWD, (const char *)PT_REGS_PARM1_CORE_SYSCALL(registers) };
	struct given_path target = { AT_FDCWD, (const char *)PT_REGS_PARM2_CORE_SYSCALL(registers) };
	__u64 flags = PT_REGS_PARM4_CORE_SYSCALL(registers);
	struct subject subject;
	struct workbench *bench;

	if (!is_told_mount(context->ret) || !find_subject(&subject) || !is_wanted(&subject, EVENT_MOUNT))
		return 0;
	bench = begin_act(&subject, EVENT_MOUNT, context->ret);
	if (!bench)
		return 0;
	bench->act.record.a = flags;
	/* Only these two take a path; for all others it is a name that the file system understands. */
	if (flags & (MS_BIND | MS_MOVE))
		add_first_path(bench, &source);
	else
		bench->act.record.first_size = add_text(bench, source.name);
	add_second_path(bench, &target);
	bench->act.record.third_size =
		add_text(bench, (const char *)PT_REGS_PARM3_CORE_SYSCALL(registers));
	send_act(bench, &subject);
	return 0;
}

/* Of a mount that is only known by its descriptor: what its file system says of itself. */
static __always_inline void describe_mount(struct workbench *bench, __u32 descriptor)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *file = file_at(task, descriptor);
	struct vfsmount *vfsmount = BPF_CORE_READ(file, f_path.mnt);
	struct mount *mount = container_of(vfsmount, struct mount, mnt);

	if (!vfsmount)
		return;
	bench->act.record.first_size = add_kernel_text(bench, BPF_CORE_READ(mount, mnt_devname));
}

static __always_inline const char *filesystem_of(__u32 descriptor)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *file = file_at(task, descriptor);

	return BPF_CORE_READ(file, f_path.mnt, mnt_sb, s_type, name);
}

/* The second half of fsopen(2) and open_tree(2), and what moves a mount; told as that. */
SEC("tp/syscalls/sys_exit_move_mount")
int sys_move_mount(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	struct given_path source = { PT_REGS_PARM1_CORE_SYSCALL(registers),
				     (const char *)PT_REGS_PARM2_CORE_SYSCALL(registers) };
	struct given_path target = { PT_REGS_PARM3_CORE_SYSCALL(registers),
				     (const char *)PT_REGS_PARM4_CORE_SYSCALL(registers) };
	struct subject subject;
	struct workbench *bench;
	char first = 0;

	if (!is_told_mount(context->ret) || !find_subject(&subject) || !is_wanted(&subject, EVENT_MOUNT))
		return 0;
	bench = begin_act(&subject, EVENT_MOUNT, context->ret);
	if (!bench)
		return 0;
	bench->act.record.a = MS_MOVE;
	bpf_probe_read_user(&first, 1, source.name);
	if (first)
		add_first_path(bench, &source);
	else
		describe_mount(bench, source.directory);
	add_second_path(bench, &target);
	if (!first)
		bench->act.record.third_size = add_kernel_text(bench, filesystem_of(source.directory));
	send_act(bench, &subject);
	return 0;
}

#endif
