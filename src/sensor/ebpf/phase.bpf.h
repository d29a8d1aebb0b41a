/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The set-up phase: from when a process of the host is put into a container until it executes its
 * first program there, it is the runtime at work (mounts, pivot_root, …) and not the container.
 * Told by who moved it, never by its name, which it can choose.
 */
#ifndef HULLWATCH_PHASE_BPF_H
#define HULLWATCH_PHASE_BPF_H

enum phase {
	PHASE_SETUP = 1,
	/* Was in set-up and is no more. It never goes back, whoever moves it about. */
	PHASE_RUNNING = 2,
};

struct process_phase {
	/* When the process started: an entry that was left behind must not speak for another process. */
	__u64 start_boot_ns;
	__u32 phase;
	__u32 reserved;
};

/* By process id. What falls out of it is taken for the container's own: too much is told, not too little. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u32);
	__type(value, struct process_phase);
} process_phases SEC(".maps");

static __always_inline __u64 start_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, group_leader, start_boottime);
}

static __always_inline __u32 phase_of(struct task_struct *task)
{
	__u32 pid = BPF_CORE_READ(task, tgid);
	struct process_phase *entry = bpf_map_lookup_elem(&process_phases, &pid);

	return entry && entry->start_boot_ns == start_of(task) ? entry->phase : 0;
}

static __always_inline void set_phase(struct task_struct *task, __u32 phase)
{
	__u32 pid = BPF_CORE_READ(task, tgid);
	struct process_phase entry = { .start_boot_ns = start_of(task), .phase = phase };

	bpf_map_update_elem(&process_phases, &pid, &entry, BPF_ANY);
}

static __always_inline bool is_container_like(const struct cgroup_verdict *verdict)
{
	return verdict && verdict->kind != CGROUP_OF_HOST;
}

/*
 * A process was moved to a cgroup of the v2 tree; by now it is there.
 *
 * Moved by another task, it came from outside when that task is the host's. Moved by itself, its
 * former cgroup is known no more: it came from outside when it is still in the host's mount
 * namespace and was started by the host. A task of a container can bring about neither for itself.
 */
static __always_inline void process_attached(struct task_struct *task)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();

	if (!is_container_like(verdict_on(cgroup_of(task))) || phase_of(task) == PHASE_RUNNING)
		return;
	if (BPF_CORE_READ(current, tgid) != BPF_CORE_READ(task, tgid)) {
		if (is_host_task(current))
			set_phase(task, PHASE_SETUP);
	} else if (is_host_mount_ns(mount_ns_of(task)) &&
		   is_host_task(BPF_CORE_READ(task, real_parent))) {
		set_phase(task, PHASE_SETUP);
	}
}

/* A child inherits the phase; one that the host put into a container at birth (CLONE_INTO_CGROUP) begins it. */
static __always_inline void process_forked(struct task_struct *parent, struct task_struct *child)
{
	if (phase_of(parent) == PHASE_SETUP) {
		set_phase(child, PHASE_SETUP);
		return;
	}
	if (BPF_CORE_READ(parent, cgroups) == BPF_CORE_READ(child, cgroups))
		return;
	if (is_container_like(verdict_on(cgroup_of(child))) && is_host_task(parent))
		set_phase(child, PHASE_SETUP);
}

/*
 * A program was executed. In the host's mount namespace that is a runtime that executes a copy of
 * itself (runc does, from a memfd), and the phase goes on.
 */
static __always_inline void process_executed(struct task_struct *task)
{
	if (!is_host_mount_ns(mount_ns_of(task)) && phase_of(task) == PHASE_SETUP)
		set_phase(task, PHASE_RUNNING);
}

static __always_inline void process_exited(struct task_struct *task)
{
	__u32 pid = BPF_CORE_READ(task, tgid);

	bpf_map_delete_elem(&process_phases, &pid);
}

#endif
