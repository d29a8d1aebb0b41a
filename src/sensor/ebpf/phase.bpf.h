/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The set-up phase: from when a process of the host is put into a container until it executes its
 * first program there, it is the runtime at work (mounts, pivot_root, …) and not the container.
 * Told by who moved it, never by its name, which it can choose.
 */
/* A runtime is done long before. What is still in set-up then never executes a program (CRIU brings processes back). */
#define SETUP_LIMIT_NS (60ULL * 1000 * 1000 * 1000)

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
	__u64 setup_boot_ns; /* when set-up began, of the process or of the one that it comes from */
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

/* Null where nothing is kept of the process. */
static __always_inline struct process_phase *kept_phase(struct task_struct *task)
{
	__u32 pid = BPF_CORE_READ(task, tgid);
	struct process_phase *entry = bpf_map_lookup_elem(&process_phases, &pid);

	return entry && entry->start_boot_ns == start_of(task) ? entry : NULL;
}

static __always_inline __u32 phase_of(struct task_struct *task)
{
	struct process_phase *entry = kept_phase(task);

	if (!entry)
		return 0;
	if (entry->phase == PHASE_SETUP && bpf_ktime_get_boot_ns() - entry->setup_boot_ns > SETUP_LIMIT_NS)
		return PHASE_RUNNING;
	return entry->phase;
}

static __always_inline void set_phase(struct task_struct *task, __u32 phase, __u64 setup_boot_ns)
{
	__u32 pid = BPF_CORE_READ(task, tgid);
	struct process_phase entry = {
		.start_boot_ns = start_of(task),
		.setup_boot_ns = setup_boot_ns,
		.phase = phase,
	};

	bpf_map_update_elem(&process_phases, &pid, &entry, BPF_ANY);
}

static __always_inline void begin_setup(struct task_struct *task)
{
	set_phase(task, PHASE_SETUP, bpf_ktime_get_boot_ns());
}

static __always_inline bool is_container_like(const struct cgroup_verdict *verdict)
{
	return verdict && verdict->kind != CGROUP_OF_HOST;
}

/*
 * A process was moved to a cgroup of the v2 tree; by now it is there.
 *
 * Its former cgroup is known no more. It came from outside when it was started by the host and moved by a task of the
 * host, or by itself while it is still in the host's mount namespace. A task of a container can bring about neither
 * for itself, and what the host moves from one container to another stays a container's.
 */
static __always_inline void process_attached(struct task_struct *task)
{
	struct task_struct *current = (struct task_struct *)bpf_get_current_task();

	if (!is_container_like(verdict_on(cgroup_of(task))) || phase_of(task) == PHASE_RUNNING)
		return;
	if (!is_host_task(BPF_CORE_READ(task, real_parent)))
		return;
	if (BPF_CORE_READ(current, tgid) != BPF_CORE_READ(task, tgid) ? is_host_task(current) :
									is_host_mount_ns(mount_ns_of(task)))
		begin_setup(task);
}

/* A child inherits the phase; one that the host put into a container at birth (CLONE_INTO_CGROUP) begins it. */
static __always_inline void process_forked(struct task_struct *parent, struct task_struct *child)
{
	struct process_phase *entry = kept_phase(parent);

	if (entry && phase_of(parent) == PHASE_SETUP) {
		set_phase(child, PHASE_SETUP, entry->setup_boot_ns);
		return;
	}
	if (BPF_CORE_READ(parent, cgroups) == BPF_CORE_READ(child, cgroups))
		return;
	if (is_container_like(verdict_on(cgroup_of(child))) && is_host_task(parent))
		begin_setup(child);
}

/*
 * A program was executed. In the host's mount namespace that is a runtime that executes a copy of
 * itself (runc does, from a memfd), and the phase goes on.
 */
static __always_inline void process_executed(struct task_struct *task)
{
	if (!is_host_mount_ns(mount_ns_of(task)) && phase_of(task) == PHASE_SETUP)
		set_phase(task, PHASE_RUNNING, 0);
}

static __always_inline void process_exited(struct task_struct *task)
{
	__u32 pid = BPF_CORE_READ(task, tgid);

	bpf_map_delete_elem(&process_phases, &pid);
}

#endif
