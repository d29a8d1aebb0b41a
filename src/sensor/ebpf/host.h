/* SPDX-License-Identifier: Apache-2.0 */
/* What the loader has to know of the machine. */
#ifndef HULLWATCH_HOST_H
#define HULLWATCH_HOST_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Inode number of the host's mount namespace: that of process 1, else (where that may not be read)
 * our own. 0 when neither can be read. Call it before open_tracefs().
 */
uint32_t host_mount_ns(void);

/*
 * Makes sure that tracefs can be read at the place where libbpf looks. Where it is not mounted it
 * is mounted in a mount namespace of our own, so that nothing stays behind. Says why not on failure.
 */
bool open_tracefs(char *reason, int reason_size);

/* Whether the kernel has this tracepoint; open_tracefs() must have been successful. */
bool has_tracepoint(const char *category, const char *name);

/* CLOCK_REALTIME minus CLOCK_BOOTTIME now, in nanoseconds. */
int64_t epoch_offset_ns(void);

/* CLOCK_BOOTTIME in nanoseconds, the kernel side's time. */
uint64_t boot_time_ns(void);

#endif
