/* SPDX-License-Identifier: Apache-2.0 */
#include "shares.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "host.h"
#include "output.h"
#include "records.h"

/* How much may be read before the programs are told. */
#define PUBLISH_BYTES (64 << 10)

/* How long a place for losses is kept for a container of which no more is lost. */
#define STRAY_NS (60ULL * 1000 * 1000 * 1000)
/* So many that the frame does not get larger than a reader takes; the rest is told next time. */
#define MAX_LOST_ENTRIES 1024

static struct container_share *shares;
static struct stray_losses *strays;
static const struct removed_cgroups *removed;
/* Those that were given away, and the first. */
static __u32 in_use[CONTAINER_SHARES];
static __u32 in_use_count;
/* Whether the first record of its container was read, so that it is no mere promise. */
static bool is_announced[CONTAINER_SHARES];
/* What was told of the losses of each; these only grow, also when it becomes another container's. */
static struct lost_entry told[CONTAINER_SHARES];
static struct lost_entry told_strays[STRAY_LOSSES];
static __u64 last_stray_ns[STRAY_LOSSES];
/* Of one share, read and not published yet. */
static __u32 pending_index;
static __u64 pending_bytes;
static __u64 pending_urgent_bytes;

#define LOAD(field) __atomic_load_n(&(field), __ATOMIC_RELAXED)
#define STORE(field, value) __atomic_store_n(&(field), value, __ATOMIC_RELEASE)

/* Null, with a message on stderr, when it cannot be mapped. */
static void *map_shared(struct bpf_object *object, const char *name, size_t size)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);
	void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (mapped != MAP_FAILED)
		return mapped;
	fprintf(stderr, "cannot map the sensor's %s: %s\n", name, strerror(errno));
	return NULL;
}

bool open_shares(struct bpf_object *object)
{
	shares = map_shared(object, "shares", CONTAINER_SHARES * sizeof(*shares));
	strays = map_shared(object, "strays", STRAY_LOSSES * sizeof(*strays));
	removed = map_shared(object, "removed", sizeof(*removed));
	in_use[0] = 0;
	in_use_count = 1;
	return shares && strays && removed;
}

/* 0 when it has none. */
static __u32 share_of(__u64 cgroup_id)
{
	for (__u32 probe = 0; probe < SHARE_PROBES; probe++) {
		__u32 index = share_place(cgroup_id, probe);

		if (shares[index].cgroup_id == cgroup_id)
			return index;
	}
	return 0;
}

static bool is_gone(__u64 cgroup_id)
{
	for (__u32 i = 0; i < REMOVED_CGROUPS; i++)
		if (LOAD(removed->ids[i]) == cgroup_id)
			return true;
	return false;
}

/* When the cgroup is removed, the kernel's side ends its share; where that came before there was one, we do. */
static void end_if_gone(__u32 index)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (is_gone(shares[index].cgroup_id))
		STORE(shares[index].is_removed, 1);
}

/* Gives the container a share of its own, if it has none and there is one. */
static void claim_share(__u64 cgroup_id)
{
	if (cgroup_id == 0 || share_of(cgroup_id) != 0)
		return;
	for (__u32 probe = 0; probe < SHARE_PROBES; probe++) {
		__u32 index = share_place(cgroup_id, probe);
		struct container_share *share;

		if (shares[index].cgroup_id != 0)
			continue;
		share = &shares[index];
		share->written_bytes = share->read_bytes = 0;
		share->urgent_written_bytes = share->urgent_read_bytes = 0;
		share->generation = share->widenings = 0;
		share->is_narrow = share->is_removed = 0;
		is_announced[index] = false;
		in_use[in_use_count++] = index;
		/* From here on the programs use it. */
		STORE(share->cgroup_id, cgroup_id);
		end_if_gone(index);
		return;
	}
}

void announce_container(__u64 cgroup_id)
{
	__u32 index;

	claim_share(cgroup_id);
	index = share_of(cgroup_id);
	if (index == 0 || is_announced[index])
		return;
	is_announced[index] = true;
	/* It is no promise that was taken back any more. */
	STORE(shares[index].is_removed, 0);
	end_if_gone(index);
}

void publish_read(void)
{
	struct container_share *share = &shares[pending_index];

	if (pending_bytes > 0)
		STORE(share->read_bytes, share->read_bytes + pending_bytes);
	if (pending_urgent_bytes > 0)
		STORE(share->urgent_read_bytes, share->urgent_read_bytes + pending_urgent_bytes);
	pending_bytes = pending_urgent_bytes = 0;
}

void count_read(__u64 cgroup_id, __u8 flags, size_t size)
{
	bool is_in_first_share = flags & EVENT_IN_FIRST_SHARE;
	__u32 index = pending_index;

	if (is_in_first_share)
		index = 0;
	else if (index == 0 || shares[index].cgroup_id != cgroup_id)
		index = share_of(cgroup_id);
	/* The share that it was counted in was taken back. */
	if (index == 0 && !is_in_first_share)
		return;
	if (index != pending_index || pending_bytes > PUBLISH_BYTES)
		publish_read();
	pending_index = index;
	pending_bytes += footprint(size);
	if (flags & EVENT_IS_URGENT)
		pending_urgent_bytes += footprint(size);
}

void narrow_container(__u64 cgroup_id, bool is_narrow)
{
	struct container_share *share;
	__u32 index;

	if (is_narrow)
		claim_share(cgroup_id);
	index = share_of(cgroup_id);
	share = &shares[index];
	/* Nothing was ever heard of it: when it is gone nobody will tell us. */
	if (index != 0 && !is_narrow && !is_announced[index] && LOAD(share->written_bytes) == 0)
		STORE(share->is_removed, 1);
	/* Without a share of its own everything is told of it, as of all others that have none. */
	if (share == shares || share->is_narrow == is_narrow)
		return;
	STORE(share->is_narrow, is_narrow);
	if (!is_narrow)
		STORE(share->widenings, share->widenings + 1);
	STORE(share->generation, share->generation + 1);
}

bool reopen_container(__u64 cgroup_id)
{
	struct container_share *share = &shares[share_of(cgroup_id)];

	if (share == shares)
		return false;
	STORE(share->generation, share->generation + 1);
	return true;
}

static bool is_done(const struct container_share *share)
{
	return LOAD(share->is_removed) && LOAD(share->written_bytes) == LOAD(share->read_bytes);
}

/* What was lost beyond what was told; true when there is something. */
static bool take_losses(struct lost_entry *entry, __u64 full, __u64 share, struct lost_entry *known)
{
	entry->full = full - known->full;
	entry->share = share - known->share;
	known->full = full;
	known->share = share;
	return entry->full > 0 || entry->share > 0;
}

/* Adds the losses of containers that have shares, and takes back the shares of those that are gone. */
static __u32 add_losses(struct lost_entry *entries, __u32 count)
{
	__u32 kept = 0;

	for (__u32 i = 0; i < in_use_count; i++) {
		__u32 index = in_use[i];
		struct container_share *share = &shares[index];
		bool has_ended = index != 0 && is_done(share);
		bool is_told = count < MAX_LOST_ENTRIES;

		if (is_told) {
			entries[count].cgroup_id = share->cgroup_id;
			count += take_losses(&entries[count], LOAD(share->lost_full), LOAD(share->lost_share), &told[index]);
		}
		if (has_ended && is_told)
			STORE(share->cgroup_id, 0);
		else
			in_use[kept++] = index;
	}
	in_use_count = kept;
	return count;
}

/* Adds the losses of containers that have none. */
static __u32 add_stray_losses(struct lost_entry *entries, __u32 count)
{
	__u64 now = boot_time_ns();

	for (__u32 i = 0; i < STRAY_LOSSES && count < MAX_LOST_ENTRIES; i++) {
		struct stray_losses *lost = &strays[i];
		__u64 cgroup_id = LOAD(lost->cgroup_id);

		entries[count].cgroup_id = cgroup_id;
		if (told_strays[i].cgroup_id != cgroup_id)
			last_stray_ns[i] = now;
		told_strays[i].cgroup_id = cgroup_id;
		if (take_losses(&entries[count], LOAD(lost->full), LOAD(lost->share), &told_strays[i])) {
			count++;
			last_stray_ns[i] = now;
		} else if (cgroup_id != 0 && now - last_stray_ns[i] > STRAY_NS) {
			STORE(lost->cgroup_id, 0);
		}
	}
	return count;
}

void put_lost_frame(void)
{
	static struct {
		struct lost_record record;
		struct lost_entry entries[MAX_LOST_ENTRIES];
	} frame;
	__u32 count = add_stray_losses(frame.entries, add_losses(frame.entries, 0));

	if (count == 0)
		return;
	frame.record = (struct lost_record){
		.record = { .size = sizeof(struct lost_record) + count * sizeof(struct lost_entry),
			    .magic = RECORD_MAGIC,
			    .kind = RECORD_LOST,
			    .boot_ns = boot_time_ns() },
		.count = count,
	};
	put_frame(&frame, frame.record.record.size);
}
