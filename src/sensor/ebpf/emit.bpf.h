/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Numbering, counting and sending of events. */
#ifndef HULLWATCH_EMIT_BPF_H
#define HULLWATCH_EMIT_BPF_H

#define MAX_CPUS 4096
/* Arguments, file, program and cwd; one more for the verifier, which sees the sum of mask and length. */
#define EXEC_DATA_MASK (4 * PATH_CAPACITY - 1)
#define EXEC_DATA_CAPACITY (5 * PATH_CAPACITY)
#define OPEN_DATA_CAPACITY (2 * PATH_CAPACITY)
#define PAYLOAD_DATA_CAPACITY (2 * PAYLOAD_CAPACITY)
/* The program, two bases, two paths and the type of a file system. */
#define ACT_DATA_MASK (8 * PATH_CAPACITY - 1)
#define ACT_DATA_CAPACITY (9 * PATH_CAPACITY)

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
	struct open_prefix prefix;
	/* A text as the caller gave it, before it is known what comes before it. */
	char text[PATH_CAPACITY];
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
		struct {
			struct payload_record record;
			char data[PAYLOAD_DATA_CAPACITY];
		} payload;
		struct {
			struct act_record record;
			char data[ACT_DATA_CAPACITY];
		} act;
		struct fork_record fork;
		struct exit_record exit;
		struct capability_record capability;
		struct syscall_record syscall;
		struct network_record network;
	};
};

/* One a CPU; the number is set by the loader. Not a per-CPU map: its values are larger than those may be. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct workbench);
} workbenches SEC(".maps");

__u64 last_seq = 0;
/* When the reader was woken last. Beside the number, which every event brings to its CPU's cache anyway. */
__u64 last_wake_ns = 0;

/* Those that come in masses and of which a few more or less do not matter as much as the rest. */
#define PATIENT_TYPES                                                                            \
	(1U << EVENT_OPEN | 1U << EVENT_SYSCALL | 1U << EVENT_CAPABILITIES | 1U << EVENT_HTTP |  \
	 1U << EVENT_SYMLINK | 1U << EVENT_HARDLINK | 1U << EVENT_IOURING)

static __always_inline struct sensor_counters *cpu_counters(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&counters, &cpu);
}

static __always_inline struct workbench *cpu_workbench(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return bpf_map_lookup_elem(&workbenches, &cpu);
}

#define COUNT(which, type)                                                                       \
	do {                                                                                     \
		struct sensor_counters *own = cpu_counters();                                    \
                                                                                                 \
		if (own)                                                                         \
			__sync_fetch_and_add(&own->which[(type) & (EVENT_INDEX_CAPACITY - 1)], 1); \
	} while (0)

static __always_inline void count_duplicate(__u32 type)
{
	COUNT(duplicates, type);
}

static __always_inline void count_unwanted(__u32 type)
{
	COUNT(unwanted, type);
}

static __always_inline void count_lost(const struct subject *subject, __u32 type, enum admission why)
{
	struct stray_losses *strays_there = subject->has_own_share ? NULL : find_strays(subject->cgroup_id);
	__u64 *full = strays_there ? &strays_there->full : &subject->share->lost_full;
	__u64 *share = strays_there ? &strays_there->share : &subject->share->lost_share;

	COUNT(lost, type);
	__sync_fetch_and_add(why == SHARE_IS_FULL ? share : full, 1);
}

static __always_inline void fill_record(struct record_header *record, __u32 kind)
{
	record->magic = RECORD_MAGIC;
	record->kind = kind;
	record->flags = 0;
	record->boot_ns = bpf_ktime_get_boot_ns();
}

/* Gives the event its number: from here on it ends in send_event() or is counted as lost. */
static __always_inline __u64 next_number(__u32 type)
{
	COUNT(emitted, type);
	return __sync_fetch_and_add(&last_seq, 1) + 1;
}

/*
 * Takes this CPU's workbench. Null, and an event lost, when another program was interrupted here while it
 * used the workbench (possible where tracepoints can be preempted, or by an interrupt).
 */
static __always_inline struct workbench *take_workbench(const struct subject *subject, __u32 type)
{
	struct workbench *bench = cpu_workbench();

	if (!bench || bench->is_taken) {
		next_number(type);
		count_lost(subject, type, NO_ROOM);
		return NULL;
	}
	bench->is_taken = 1;
	bench->event.record.flags = 0;
	return bench;
}

static __always_inline void give_back(struct workbench *bench)
{
	bench->is_taken = 0;
}

/* Numbers the event on the workbench and fills in its header; the flags that were set stay. */
static __noinline void number_event(struct workbench *bench, const struct subject *subject, __u32 type)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct event_header *event = &bench->event;
	__u8 flags = event->record.flags;
	__u64 pid_tgid = bpf_get_current_pid_tgid();
	__u64 uid_gid = bpf_get_current_uid_gid();

	fill_record(&event->record, FIRST_EVENT + type);
	if (phase_of(task) == PHASE_SETUP)
		flags |= EVENT_SETUP;
	event->record.flags = flags;
	event->seq = next_number(type);
	event->cgroup_id = subject->cgroup_id;
	event->start_boot_ns = start_of(task);
	event->mount_ns = subject->mount_ns;
	event->pid = pid_tgid >> 32;
	event->tid = (__u32)pid_tgid;
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->uid = (__u32)uid_gid;
	event->gid = uid_gid >> 32;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	BPF_CORE_READ_STR_INTO(&event->parent_comm, task, real_parent, group_leader, comm);
}

/* Takes the workbench and numbers an event on it; null when it is lost. */
static __always_inline struct workbench *begin_event(const struct subject *subject, __u32 type)
{
	struct workbench *bench = take_workbench(subject, type);

	if (bench)
		number_event(bench, subject, type);
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
	__u32 name_size, parent_size, size;
	struct workbench *bench = cpu_workbench();
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

/* No event may come before its cgroup's record: without the one, the other is lost too. */
static __always_inline bool is_announced(const struct subject *subject)
{
	__u32 which = subject->is_host ? ANNOUNCED_HOST : ANNOUNCED_CONTAINER;

	if (subject->verdict->announced & which)
		return true;
	if (announce_cgroup(subject->cgroup_id))
		return false;
	subject->verdict->announced |= which;
	return true;
}

/*
 * Urgent events wake the reader at once, and patient ones if it has been left in peace for a while or much is unread:
 * so nothing waits while little happens, and what happens in masses is read in batches. The loader looks once more
 * after each.
 */
static __always_inline __u64 wakeup_for(bool is_patient, __u64 unread)
{
	/* Not the event's own time, which may be long past when this comes to run. */
	__u64 now = bpf_ktime_get_boot_ns();

	/* On another CPU it may be later already. */
	if (is_patient && unread < settings.wake_bytes && (__s64)(now - last_wake_ns) < PATIENT_NS)
		return BPF_RB_NO_WAKEUP;
	last_wake_ns = now;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline enum admission try_to_send(struct event_header *event, const struct subject *subject,
						  __u32 size, bool is_patient)
{
	struct container_share *share = subject->share;
	__u64 taken = footprint(size);
	__u64 unread = bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA);
	enum admission admission = admit(share, taken, is_patient, unread);

	if (admission != ADMITTED)
		return admission;
	if (!is_announced(subject))
		return NO_ROOM;
	if (!subject->has_own_share)
		event->record.flags |= EVENT_IN_FIRST_SHARE;
	/* Before it is there to be read, so that what was read is never more than what was written. */
	__sync_fetch_and_add(&share->written_bytes, taken);
	if (!is_patient) {
		event->record.flags |= EVENT_IS_URGENT;
		__sync_fetch_and_add(&share->urgent_written_bytes, taken);
	}
	if (!bpf_ringbuf_output(&records, event, size, wakeup_for(is_patient, unread)))
		return ADMITTED;
	__sync_fetch_and_add(&share->written_bytes, -taken);
	if (!is_patient)
		__sync_fetch_and_add(&share->urgent_written_bytes, -taken);
	return NO_ROOM;
}

/* Sends the event on the workbench, `size` bytes in all, and gives the workbench back; false when it is lost. */
static __noinline bool send_as(struct workbench *bench, const struct subject *subject, __u32 size,
				    bool is_patient)
{
	struct event_header *event = &bench->event;
	enum admission admission;

	if (size > sizeof(bench->act))
		size = sizeof(bench->act);
	event->record.size = size;
	admission = try_to_send(event, subject, size, is_patient);
	if (admission != ADMITTED)
		count_lost(subject, event->record.kind - FIRST_EVENT, admission);
	give_back(bench);
	return admission == ADMITTED;
}

static __always_inline bool send_event(struct workbench *bench, const struct subject *subject, __u32 size)
{
	__u32 type = (bench->event.record.kind - FIRST_EVENT) & (EVENT_INDEX_CAPACITY - 1);

	return send_as(bench, subject, size, (PATIENT_TYPES >> type) & 1);
}

#endif
