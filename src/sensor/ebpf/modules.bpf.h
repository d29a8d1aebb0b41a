/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Kernel modules loaded and unloaded, and attempts. */
#ifndef HULLWATCH_MODULES_BPF_H
#define HULLWATCH_MODULES_BPF_H

/* The fields of struct module are not there in a kernel without modules, such as one this may be built on. */
struct module___named {
	char name[1];
} __attribute__((preserve_access_index));

/* `user_name` is that of the call's arguments, `module` the kernel's own; both may be null. */
static __noinline int report_module(const struct subject *subject, __u64 call, long result,
				    const char *user_name, struct module *module)
{
	struct workbench *bench;

	if (!is_wanted(subject, EVENT_KMOD))
		return 0;
	bench = begin_act(subject, EVENT_KMOD, result);
	if (!bench)
		return 0;
	bench->act.record.a = call;
	if (user_name)
		bench->act.record.first_size = add_text(bench, user_name);
	else if (module && bpf_core_field_exists(((struct module___named *)module)->name))
		bench->act.record.first_size =
			add_kernel_text(bench, ((struct module___named *)module)->name);
	send_act(bench, subject);
	return 0;
}

/* Only its name is an argument of one of them. */
static __always_inline const char *name_argument(__u64 call)
{
	if (call != CALL_DELETE_MODULE)
		return NULL;
	return (const char *)PT_REGS_PARM1_CORE_SYSCALL(call_registers());
}

/* At its entry: a kernel without modules has no other place where these calls are seen. */
static __always_inline void report_module_call(const struct subject *subject, __u64 call)
{
	report_module(subject, call, 0, name_argument(call), NULL);
}

static __always_inline int report_module_exit(__u64 call, long result)
{
	struct subject subject;

	if (!find_subject(&subject))
		return 0;
	/* What was loaded is told by the program below, which knows its name. */
	if (is_refusal(result) || (result == 0 && call == CALL_DELETE_MODULE))
		report_module(&subject, call, result, name_argument(call), NULL);
	return 0;
}

SEC("tp/syscalls/sys_exit_init_module")
int sys_init_module(struct trace_event_raw_sys_exit *context)
{
	return report_module_exit(CALL_INIT_MODULE, context->ret);
}

SEC("tp/syscalls/sys_exit_finit_module")
int sys_finit_module(struct trace_event_raw_sys_exit *context)
{
	return report_module_exit(CALL_FINIT_MODULE, context->ret);
}

SEC("tp/syscalls/sys_exit_delete_module")
int sys_delete_module(struct trace_event_raw_sys_exit *context)
{
	return report_module_exit(CALL_DELETE_MODULE, context->ret);
}

SEC("tp_btf/module_load")
int BPF_PROG(module_load, struct module *module)
{
	struct subject subject;

	if (find_subject(&subject))
		report_module(&subject, call_number(), 0, NULL, module);
	return 0;
}

#endif
