/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Numbering, counting and sending of events. */
#ifndef HULLWATCH_EMIT_BPF_H
#define HULLWATCH_EMIT_BPF_H

#define MAX_CPUS 4096
/* Arguments, file, program and cwd; one more for the verifier, which sees the sum of mask and length. */
#define EXEC_DATA_MASK (4 * PATH_CAPACITY - 1)
#define EXEC_DATA_CAPACITY (5 * PATH_CAPACITY)
#define OPEN_DATA_CAPACITY (2 * PATH_CAPACITY)

/* The size is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} records SEC(".maps");

/* Shared memory: reading it by system call would keep this CPU's tracepoint programs from running meanwhile. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MAX_CPUS);
	__type(key, __u32);
	__type(value, struct sensor_counters);
} counters SEC(".maps");

/* Where records are put together: they are larger than the stack. */
struct workbench {
	__u32 is_taken;
	__u32 reserved;
	struct {
		struct cgroup_record record;
		char names[2 * CGROUP_NAME_CAPACITY];
	} cgroup;
	union {
		struct event_header event;
		struct {
			struct exec_record record;
			char data[EXEC_DATA_CAPACITY];
		} exec;
		struct {
			struct open_record record;
			char data[OPEN_DATA_CAPACITY];
		} open;
		struct fork_record fork;
		struct exit_record exit;
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct workbench);
} workbenches SEC(".maps");

__u64 last_seq = 0;

static __always_inline struct sensor_counters *cpu_counters(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&counters, &cpu);
}

static __always_inline void count_lost(__u32 kind)
{
	struct sensor_counters *own = cpu_counters();

	if (own)
		__sync_fetch_and_add(&own->lost[(kind - RECORD_EXEC) & (EVENT_INDEX_COUNT - 1)], 1);
}

static __always_inline void fill_record(struct record_header *record, __u32 kind)
{
	record->magic = RECORD_MAGIC;
	record->kind = kind;
	record->flags = 0;
	record->boot_ns = bpf_ktime_get_boot_ns();
}

/*
 * Begins an event of the current task: from here on it has a number, and ends in send_event() or
 * is counted as lost. Returns null when it is lost, because another program was interrupted on
 * this CPU while it used the workbench (possible where tracepoints can be preempted).
 */
static __always_inline struct workbench *begin_event(const struct subject *subject, __u32 kind)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u64 uid_gid = bpf_get_current_uid_gid();
	struct sensor_counters *own = cpu_counters();
	__u64 seq = __sync_fetch_and_add(&last_seq, 1) + 1;
	struct workbench *bench;
	struct event_header *event;
	__u32 zero = 0;

	if (own)
		__sync_fetch_and_add(&own->emitted[(kind - RECORD_EXEC) & (EVENT_INDEX_COUNT - 1)], 1);
	bench = bpf_map_lookup_elem(&workbenches, &zero);
	if (!bench || bench->is_taken) {
		count_lost(kind);
		return NULL;
	}
	bench->is_taken = 1;
	event = &bench->event;
	fill_record(&event->record, kind);
	if (phase_of(task) == PHASE_SETUP)
		event->record.flags |= EVENT_SETUP;
	event->seq = seq;
	event->cgroup_id = subject->cgroup_id;
	event->mount_ns = subject->mount_ns;
	event->pid = pid_tgid >> 32;
	event->tid = (__u32)pid_tgid;
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->uid = (__u32)uid_gid;
	event->gid = uid_gid >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	BPF_CORE_READ_STR_INTO(&event->parent_comm, task, real_parent, group_leader, comm);
	return bench;
}

struct cgroup_search {
	struct cgroup *cgroup;
	__u64 id;
};

static long search_level(__u32 level, struct cgroup_search *search)
{
	struct cgroup *cgroup = search->cgroup;

	if (!cgroup || BPF_CORE_READ(cgroup, kn, id) == search->id)
		return 1;
	search->cgroup = parent_cgroup(cgroup);
	return 0;
}

static __always_inline __u32 read_name(char *target, struct cgroup *cgroup)
{
	long size = bpf_probe_read_kernel_str(target, CGROUP_NAME_CAPACITY,
					      BPF_CORE_READ(cgroup, kn, name));

	return size > 0 ? (size - 1) & (CGROUP_NAME_CAPACITY - 1) : 0;
}

/* Sends the cgroup record of the current task's container; 0 when the ring buffer took it. */
__noinline int announce_cgroup(__u64 container_id)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct cgroup_search search = { .cgroup = cgroup_of(task), .id = container_id };
	__u32 zero = 0, name_size, parent_size, size;
	struct workbench *bench = bpf_map_lookup_elem(&workbenches, &zero);
	struct cgroup_record *record;

	if (!bench)
		return -1;
	bpf_loop(MAX_CGROUP_DEPTH, search_level, &search, 0);
	record = &bench->cgroup.record;
	fill_record(&record->record, RECORD_CGROUP);
	name_size = read_name(bench->cgroup.names, search.cgroup);
	parent_size = read_name(bench->cgroup.names + name_size, parent_cgroup(search.cgroup));
	size = sizeof(*record) + name_size + parent_size;
	record->cgroup_id = container_id;
	record->name_size = name_size;
	record->parent_size = parent_size;
	record->reserved = 0;
	record->record.size = size;
	return bpf_ringbuf_output(&records, record, size, BPF_RB_FORCE_WAKEUP);
}

/* Opens come in masses: they wait for a batch, and leave the last part of the buffer to the rest. */
static __always_inline bool may_send(__u32 kind, __u64 *wakeup)
{
	__u64 unread;

	*wakeup = BPF_RB_FORCE_WAKEUP;
	if (kind != RECORD_OPEN)
		return true;
	unread = bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA);
	if (unread < settings.wake_bytes)
		*wakeup = BPF_RB_NO_WAKEUP;
	return unread < settings.open_limit_bytes;
}

/* Sends the event on the workbench, `size` bytes in all, and gives the workbench back. */
static __always_inline void send_event(struct workbench *bench, struct subject *subject, __u32 size)
{
	struct event_header *event = &bench->event;
	__u32 kind = event->record.kind;
	__u64 wakeup;
	bool sent = false;

	if (size > sizeof(bench->exec))
		size = sizeof(bench->exec);
	event->record.size = size;
	if (may_send(kind, &wakeup)) {
		/* No event may come before its cgroup's record: without the one, the other is lost too. */
		if (!subject->verdict->announced && !announce_cgroup(subject->cgroup_id))
			subject->verdict->announced = 1;
		if (subject->verdict->announced)
			sent = !bpf_ringbuf_output(&records, event, size, wakeup);
	}
	if (!sent)
		count_lost(kind);
	bench->is_taken = 0;
}

#endif
