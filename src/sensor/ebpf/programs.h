/* SPDX-License-Identifier: Apache-2.0 */
/* The BPF programs: which of them this kernel takes, loading and attaching. */
#ifndef HULLWATCH_PROGRAMS_H
#define HULLWATCH_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

#include "program-list.h"

struct bpf_link;
struct bpf_object;

struct sensor_options {
	const char *object_path;
	size_t ring_bytes;
	size_t wake_bytes;
	size_t dedup_ms;
	bool tells_host;
	/* Names with commas between them; null for all. */
	const char *wanted;
};

struct sensor {
	struct bpf_object *object;
	struct bpf_link *links[MAX_PROGRAMS];
	struct program_list programs;
	int cpu_count;
};

/* Makes libbpf keep its words for the message when something fails. */
void hush_libbpf(void);

/* Loads and attaches every program that can be; false, with a message on stderr, when the essential ones cannot. */
bool start_programs(struct sensor *sensor, const struct sensor_options *options);

/* Detaches all programs; the maps stay readable. */
void stop_programs(struct sensor *sensor);

/*
 * How often the kernel passed over a program because another one was at work on the same CPU. Such
 * a run has no number and no count anywhere else.
 */
unsigned long long count_missed_runs(const struct sensor *sensor);

/*
 * Tries to load each program by itself and attaches none; false, with a message on stderr, when the
 * object cannot be read.
 */
bool check_programs(struct program_list *programs, const struct sensor_options *options);

#endif
