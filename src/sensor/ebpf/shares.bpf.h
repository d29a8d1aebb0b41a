/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * How much of the ring buffer one container may fill. A dynamic threshold (Choudhury and Hahne, 1998): a
 * container may have so many times as much unread as there is still free. One that floods, with whatever events,
 * gets as far as two thirds and leaves the rest to the others, and no share lies idle while nobody else needs it.
 */
#ifndef HULLWATCH_SHARES_BPF_H
#define HULLWATCH_SHARES_BPF_H

#define SHARE_FACTOR 2
/* A container that has no more than this part of the buffer unread in urgent events does not flood it with them. */
#define SMALL_PART 64

/* The size is set by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, CONTAINER_SHARES);
	__type(key, __u32);
	__type(value, struct container_share);
} shares SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, STRAY_LOSSES);
	__type(key, __u32);
	__type(value, struct stray_losses);
} strays SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct removed_cgroups);
} removed SEC(".maps");

static __always_inline struct container_share *share_at(__u32 index)
{
	return bpf_map_lookup_elem(&shares, &index);
}

/* 0, the share of all that have none, until the loader has given it one. */
static __noinline __u32 find_share(__u64 cgroup_id)
{
	for (__u32 probe = 0; probe < SHARE_PROBES; probe++) {
		__u32 index = share_place(cgroup_id, probe);
		struct container_share *share = share_at(index);

		if (share && share->cgroup_id == cgroup_id)
			return index;
	}
	return 0;
}

/* The place for this container's losses until it has a share; null when there is none free. */
static __noinline struct stray_losses *find_strays(__u64 cgroup_id)
{
	for (__u32 probe = 0; probe < STRAY_PROBES; probe++) {
		__u32 index = stray_place(cgroup_id, probe);
		struct stray_losses *strays_there = bpf_map_lookup_elem(&strays, &index);
		__u64 owner;

		if (!strays_there)
			continue;
		owner = __sync_val_compare_and_swap(&strays_there->cgroup_id, 0, cgroup_id);
		if (owner == 0 || owner == cgroup_id)
			return strays_there;
	}
	return NULL;
}

/* So that the loader gives no share to a cgroup that is gone: it may come to the first record only now. */
static __always_inline void note_removed(__u64 cgroup_id)
{
	__u32 zero = 0, place;
	struct removed_cgroups *list = bpf_map_lookup_elem(&removed, &zero);

	if (!list)
		return;
	place = __sync_fetch_and_add(&list->count, 1) & (REMOVED_CGROUPS - 1);
	/* Is seen before whatever is looked at next. */
	__sync_lock_test_and_set(&list->ids[place], cgroup_id);
}

enum admission { ADMITTED, NO_ROOM, SHARE_IS_FULL };

/*
 * Patient events come in masses: they leave the last part of the buffer to the rest. That is for urgent events that
 * are no flood, also of a container that floods with patient ones: it must not hide by that what it does.
 */
static __always_inline enum admission admit(const struct container_share *share, __u64 size,
					    bool is_patient, __u64 unread)
{
	__u64 limit = settings.patient_limit_bytes;
	__s64 own = share->written_bytes - share->read_bytes;
	__s64 own_urgent = share->urgent_written_bytes - share->urgent_read_bytes;

	if (!is_patient && own_urgent <= (__s64)(settings.ring_bytes / SMALL_PART))
		return unread < settings.ring_bytes ? ADMITTED : NO_ROOM;
	if (unread >= limit)
		return is_patient ? NO_ROOM : SHARE_IS_FULL;
	if (own > 0 && own + size > SHARE_FACTOR * (limit - unread))
		return SHARE_IS_FULL;
	return ADMITTED;
}

#endif
