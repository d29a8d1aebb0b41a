/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the programs' ring buffer through a window that moves along it: all of it, mapped at once as libbpf does, would
 * count twice as this process's memory.
 */
#ifndef HULLWATCH_RING_H
#define HULLWATCH_RING_H

#include <stdbool.h>
#include <stddef.h>

/* Takes a record; false when no more should come for now. */
typedef bool take_record_fn(void *context, const void *record, size_t size);

/* The buffer behind a map's descriptor, `size` bytes; false, with a message on stderr, when it cannot be mapped. */
bool open_ring(int map_fd, size_t size);

/* A descriptor that can be read from once the programs woke us, until all that there is was taken. */
int ring_wake_fd(void);

/* Gives all records there are to `take`; false when there was none. */
bool consume_ring(take_record_fn *take, void *context);

/* The window could not be moved, which was told on stderr; nothing is read any more. */
bool is_ring_broken(void);

#endif
