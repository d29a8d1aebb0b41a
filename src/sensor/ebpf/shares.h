/* SPDX-License-Identifier: Apache-2.0 */
/* The loader's half of container_share: who has one, what was read of it, what was lost. */
#ifndef HULLWATCH_SHARES_H
#define HULLWATCH_SHARES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct bpf_object;

/* Maps the programs' shares; false, with a message on stderr, when they cannot be mapped. */
bool open_shares(struct bpf_object *object);

/* A container's first record was read: gives it a share of its own, if it has none and there is one. */
void announce_container(__u64 cgroup_id);

/* Counts an event as read. Told to the programs in larger pieces, by publish_read() at the latest. */
void count_read(__u64 cgroup_id, __u8 flags, size_t size);
void publish_read(void);

/* Only what is in demand is wanted of this container, or everything again. What was told before is told again. */
void narrow_container(__u64 cgroup_id, bool is_narrow);

/* What was told before is told again; false when the container has no share to note it in. */
bool reopen_container(__u64 cgroup_id);

/*
 * Adds a lost record, if there were losses since the last one, and takes back the shares of containers
 * that are gone.
 */
void put_lost_frame(void);

#endif
