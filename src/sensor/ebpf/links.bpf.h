/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Symbolic and hard links that were made. */
#ifndef HULLWATCH_LINKS_BPF_H
#define HULLWATCH_LINKS_BPF_H

/* A symbolic link's text is kept as it is; a hard link's old path is one of the caller's. */
static __noinline int report_link(const struct subject *subject, __u32 type, const struct given_path *old_path,
				  const struct given_path *new_path)
{
	struct workbench *bench;

	if (!is_wanted(subject, type))
		return 0;
	bench = begin_act(subject, type, 0);
	if (!bench)
		return 0;
	if (type == EVENT_SYMLINK)
		bench->act.record.first_size = add_text(bench, old_path->name);
	else
		add_first_path(bench, old_path);
	add_second_path(bench, new_path);
	send_act(bench, subject);
	return 0;
}

static __always_inline int report_made_link(long result, __u32 type, struct given_path old_path,
					    struct given_path new_path)
{
	struct subject subject;

	if (result == 0 && find_subject(&subject))
		report_link(&subject, type, &old_path, &new_path);
	return 0;
}

#define ARGUMENT(n) PT_REGS_PARM##n##_CORE_SYSCALL(call_registers())
#define NAME_ARGUMENT(n) ((const char *)ARGUMENT(n))

SEC("tp/syscalls/sys_exit_symlink")
int sys_symlink(struct trace_event_raw_sys_exit *context)
{
	return report_made_link(context->ret, EVENT_SYMLINK, (struct given_path){ AT_FDCWD, NAME_ARGUMENT(1) },
				(struct given_path){ AT_FDCWD, NAME_ARGUMENT(2) });
}

SEC("tp/syscalls/sys_exit_symlinkat")
int sys_symlinkat(struct trace_event_raw_sys_exit *context)
{
	return report_made_link(context->ret, EVENT_SYMLINK, (struct given_path){ AT_FDCWD, NAME_ARGUMENT(1) },
				(struct given_path){ ARGUMENT(2), NAME_ARGUMENT(3) });
}

SEC("tp/syscalls/sys_exit_link")
int sys_link(struct trace_event_raw_sys_exit *context)
{
	return report_made_link(context->ret, EVENT_HARDLINK, (struct given_path){ AT_FDCWD, NAME_ARGUMENT(1) },
				(struct given_path){ AT_FDCWD, NAME_ARGUMENT(2) });
}

SEC("tp/syscalls/sys_exit_linkat")
int sys_linkat(struct trace_event_raw_sys_exit *context)
{
	return report_made_link(context->ret, EVENT_HARDLINK, (struct given_path){ ARGUMENT(1), NAME_ARGUMENT(2) },
				(struct given_path){ ARGUMENT(3), NAME_ARGUMENT(4) });
}

#endif
