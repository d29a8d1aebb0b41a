/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

/* In the order in which libbpf looks. */
static const char *const TRACEFS_PLACES[] = { "/sys/kernel/debug/tracing", "/sys/kernel/tracing" };
static const char *const TRACEFS_MOUNT_POINT = "/sys/kernel/tracing";
static const char *tracefs;

static uint32_t mount_ns_at(const char *path)
{
	char target[64] = "";
	unsigned int inode = 0;

	if (readlink(path, target, sizeof(target) - 1) < 0)
		return 0;
	return sscanf(target, "mnt:[%u]", &inode) == 1 ? inode : 0;
}

uint32_t host_mount_ns(void)
{
	uint32_t inode = mount_ns_at("/proc/1/ns/mnt");

	if (inode)
		return inode;
	inode = mount_ns_at("/proc/self/ns/mnt");
	if (inode)
		fprintf(stderr, "note: /proc/1/ns/mnt cannot be read; this process's own mount namespace is taken for the host's\n");
	return inode;
}

static bool find_tracefs(void)
{
	for (unsigned int i = 0; i < sizeof(TRACEFS_PLACES) / sizeof(TRACEFS_PLACES[0]); i++) {
		char path[128];

		snprintf(path, sizeof(path), "%s/events", TRACEFS_PLACES[i]);
		if (access(path, X_OK) == 0) {
			tracefs = TRACEFS_PLACES[i];
			return true;
		}
	}
	return false;
}

bool open_tracefs(char *reason, int reason_size)
{
	if (find_tracefs())
		return true;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) {
		snprintf(reason, reason_size,
			 "tracefs is not mounted, and no mount namespace could be made to mount it in: %s",
			 strerror(errno));
		return false;
	}
	if (mount("tracefs", TRACEFS_MOUNT_POINT, "tracefs", 0, NULL)) {
		snprintf(reason, reason_size, "tracefs could not be mounted at %s: %s",
			 TRACEFS_MOUNT_POINT, strerror(errno));
		return false;
	}
	if (find_tracefs())
		return true;
	snprintf(reason, reason_size, "%s holds no events", TRACEFS_MOUNT_POINT);
	return false;
}

bool has_tracepoint(const char *category, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/events/%s/%s/id", tracefs, category, name);
	return tracefs && access(path, F_OK) == 0;
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t epoch_offset_ns(void)
{
	/* Half of the time between the two readings of one clock is the best guess for the other's. */
	int64_t before = clock_ns(CLOCK_BOOTTIME);
	int64_t epoch = clock_ns(CLOCK_REALTIME);
	int64_t after = clock_ns(CLOCK_BOOTTIME);

	return epoch - (before + after) / 2;
}

uint64_t boot_time_ns(void)
{
	return clock_ns(CLOCK_BOOTTIME);
}
