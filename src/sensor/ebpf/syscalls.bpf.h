/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* System calls: each number once a container. The one program that runs at every call of the whole machine. */
#ifndef HULLWATCH_SYSCALLS_BPF_H
#define HULLWATCH_SYSCALLS_BPF_H

/*
 * What stands for all calls of 32-bit programs, of which most of this sensor sees nothing: that there are such calls
 * is an event that is lost. No call has this number.
 */
#define FOREIGN_CALLS (SYSCALL_NUMBERS - 1)

/* Names the typedef that kernels with modules have in their BTF. */
typedef void (*btf_trace_module_load)(void *, struct module *);

static __always_inline bool is_module_call(long number)
{
	return number == CALL_INIT_MODULE || number == CALL_FINIT_MODULE || number == CALL_DELETE_MODULE;
}

static __always_inline int report_syscall(const struct subject *subject, __u32 number)
{
	struct workbench *bench = begin_event(subject, EVENT_SYSCALL);

	if (!bench)
		return -1;
	bench->syscall.number = number;
	bench->syscall.reserved = 0;
	return send_event(bench, subject, sizeof(bench->syscall)) ? 0 : -1;
}

static __always_inline void forget_syscalls(struct cgroup_verdict *verdict, __u64 generation)
{
	verdict->syscall_generation = generation;
	__builtin_memset(verdict->syscalls, 0, sizeof(verdict->syscalls));
}

/* Nothing to tell, as this CPU has noted; what most calls come to. */
static __always_inline bool is_noted_syscall(__u32 word, __u64 bit)
{
	__u64 id = current_cgroup_id();
	struct cgroup_note *note = note_at(id);
	struct sensor_demand *demand;

	if (!note || note->cgroup_id != id)
		return false;
	if (note->is_host)
		return true;
	demand = current_demand();
	return demand && note->changes == demand->changes && (note->syscalls[word] & bit);
}

/* `changes` is from before the number was looked up, so that what changes meanwhile is not passed over. */
static __always_inline void note_syscall(__u32 number, __u64 changes)
{
	__u64 id = current_cgroup_id();
	struct cgroup_note *note = note_at(id);

	/* A module is told of each time. */
	if (!note || is_module_call(number))
		return;
	if (note->cgroup_id != id || note->is_host || note->changes != changes)
		begin_note(note, id, false, changes);
	note->syscalls[number / 64 & (SYSCALL_NUMBERS / 64 - 1)] |= 1ULL << (number & 63);
}

/*
 * Once a container, and once more whenever somebody begins to learn it. Not whenever what was told is told again:
 * that is the answer to an event that is lost.
 */
static __noinline int count_foreign_calls(const struct subject *subject, __u64 changes)
{
	__u32 widening = subject->share->widenings + 1;

	if (phase_of((struct task_struct *)bpf_get_current_task()) == PHASE_SETUP)
		return 0;
	if (subject->verdict->foreign_calls != widening) {
		subject->verdict->foreign_calls = widening;
		next_number(EVENT_SYSCALL);
		count_lost(subject, EVENT_SYSCALL, NO_ROOM);
	}
	note_syscall(FOREIGN_CALLS, changes);
	return 0;
}

static __noinline int report_new_syscall(const struct subject *subject, __u32 number, __u64 changes)
{
	struct cgroup_verdict *verdict = subject->verdict;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u32 word = number / 64 & (SYSCALL_NUMBERS / 64 - 1);
	__u64 generation = generation_of(subject), bit = 1ULL << (number & 63);

	if (verdict->syscall_generation != generation)
		forget_syscalls(verdict, generation);
	if (verdict->syscalls[word] & bit) {
		note_syscall(number, changes);
		return 0;
	}
	/* What the runtime calls on the container's way is not the container's. */
	if (phase_of(task) == PHASE_SETUP)
		return 0;
	if (!is_wanted(subject, EVENT_SYSCALL)) {
		note_syscall(number, changes);
		return 0;
	}
	__sync_fetch_and_or(&verdict->syscalls[word], bit);
	if (report_syscall(subject, number))
		__sync_fetch_and_and(&verdict->syscalls[word], ~bit);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(syscall_enter, struct pt_regs *registers, long number)
{
	struct sensor_demand *demand = current_demand();
	struct subject subject;
	__u64 changes;
	__u32 word;

	if (is_foreign_call() || number / X32_CALL == 1)
		number = FOREIGN_CALLS;
	else if ((__u64)number >= FOREIGN_CALLS)
		return 0;
	word = number / 64 & (SYSCALL_NUMBERS / 64 - 1);
	if (!demand || is_noted_syscall(word, 1ULL << (number & 63)))
		return 0;
	changes = demand->changes;
	if (!find_subject(&subject))
		return 0;
	if (number == FOREIGN_CALLS)
		return count_foreign_calls(&subject, changes);
	if (is_module_call(number) && !bpf_core_type_exists(btf_trace_module_load))
		report_module_call(&subject, number);
	report_new_syscall(&subject, number, changes);
	return 0;
}

#endif
