/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Whose act it is: the question that every program asks first. */
#ifndef HULLWATCH_SUBJECT_BPF_H
#define HULLWATCH_SUBJECT_BPF_H

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sensor_demand);
} demands SEC(".maps");

static __always_inline struct sensor_demand *current_demand(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&demands, &zero);
}

/* What is known of a cgroup on this CPU without looking anything up; for what is asked at every system call. */
struct cgroup_note {
	__u64 cgroup_id;
	__u64 is_host;
	/* The numbers that need not be told, while sensor_demand has so many changes. */
	__u64 changes;
	__u64 syscalls[SYSCALL_NUMBERS / 64];
};

#define CGROUP_NOTES 64

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CGROUP_NOTES);
	__type(key, __u32);
	__type(value, struct cgroup_note);
} cgroup_notes SEC(".maps");

/* May be another cgroup's, which makes room when its place is needed. */
static __always_inline struct cgroup_note *note_at(__u64 cgroup_id)
{
	__u32 place = cgroup_id & (CGROUP_NOTES - 1);

	return bpf_map_lookup_elem(&cgroup_notes, &place);
}

static __always_inline void begin_note(struct cgroup_note *note, __u64 cgroup_id, bool is_host, __u64 changes)
{
	note->cgroup_id = cgroup_id;
	note->is_host = is_host;
	note->changes = changes;
	__builtin_memset(note->syscalls, 0, sizeof(note->syscalls));
}

/* Its cgroup is one of the host's, and nothing of those is told. */
static __always_inline bool is_noted_host(__u64 cgroup_id)
{
	struct cgroup_note *note = note_at(cgroup_id);

	return !settings.tells_host && note && note->cgroup_id == cgroup_id && note->is_host;
}

static __always_inline __u64 current_cgroup_id(void)
{
	return bpf_get_current_task_btf()->cgroups->dfl_cgrp->kn->id;
}

/* What the current task is part of. */
struct subject {
	struct cgroup_verdict *verdict;
	struct container_share *share;
	__u64 cgroup_id;
	__u32 mount_ns;
	__u16 is_host;
	__u16 has_own_share; /* else `share` is the first, which is for all that have none */
};

/* The sensor itself and who reads it: what they do because of an event must not be the next one. */
static __always_inline bool is_own_task(struct task_struct *task)
{
	__u32 pid = task->tgid;

	return pid == settings.own_pid || pid == settings.parent_pid;
}

/* The loader gives shares away and takes them back; so the one that was found last time may be another's. */
static __always_inline bool take_share(struct subject *subject)
{
	__u32 index = subject->verdict->share & (CONTAINER_SHARES - 1);
	struct container_share *share = share_at(index);

	if (!share || index == 0 || share->cgroup_id != subject->cgroup_id) {
		index = find_share(subject->cgroup_id);
		subject->verdict->share = index;
		share = share_at(index);
	}
	subject->share = share;
	subject->has_own_share = index != 0;
	return share != NULL;
}

/*
 * Finds the container of the current task; false when it is the host's and nothing is to be told of that. The
 * first thing every program does, also for every task of the host: fields are read without a helper's call.
 */
static __always_inline bool find_subject(struct subject *subject)
{
	__u64 id = current_cgroup_id();
	struct task_struct *task = bpf_get_current_task_btf();
	struct sensor_demand *demand = current_demand();
	struct cgroup_verdict *verdict;
	struct cgroup_note *note;

	if (is_noted_host(id) || !demand || demand->is_over)
		return false;
	verdict = bpf_map_lookup_elem(&cgroup_verdicts, &id);
	if (!verdict)
		verdict = verdict_on(cgroup_of(task));
	if (!verdict)
		return false;
	if (verdict->kind == CGROUP_OF_HOST && !settings.tells_host) {
		note = note_at(id);
		if (note)
			begin_note(note, id, true, 0);
		return false;
	}
	subject->verdict = verdict;
	subject->cgroup_id = verdict->container_id;
	subject->mount_ns = task->nsproxy->mnt_ns->ns.inum;
	subject->is_host = is_told_as_host(verdict, subject->mount_ns);
	if (subject->is_host) {
		if (!settings.tells_host || is_own_task(task))
			return false;
		subject->cgroup_id = HOST_CGROUP_ID;
	}
	return take_share(subject);
}

#endif
