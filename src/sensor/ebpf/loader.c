/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hullwatch-sensor: loads the sensor's programs and writes what they tell to standard output, in
 * the frames of records.h. Takes what is wanted as lines on standard input (control.h). Ends when
 * that is closed, on SIGTERM and SIGINT, when nobody reads the output any more, and with its parent.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/types.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "host.h"
#include "options.h"
#include "output.h"
#include "programs.h"
#include "records.h"
#include "ring.h"
#include "shares.h"

/*
 * Patient events wake us only if we were left in peace for PATIENT_NS. So after each turn in which there was something
 * we look once more, a little later than that: whoever goes on writing wakes us before.
 */
#define LOOK_AGAIN_MS 13
#define POLL_MS 100
/* How often we ask for what the kernel side cannot count itself. */
#define MISSED_RUNS_MS 10000
/* How often at most we tell what was lost, and what was left out. */
#define LOST_MS 20
#define SUPPRESSED_MS 1000
/* How long we look for events that were given a number and are not there. */
#define DRAIN_MS 200
/* Records read in one go, before we look up: busy containers can write as fast as we read. */
#define RECORDS_PER_TURN 16384

static volatile sig_atomic_t is_stopping;

struct reader {
	const struct sensor_counters *counters;
	int cpu_count;
	int left_in_turn;
	bool is_quiet; /* for LOOK_AGAIN_MS there was nothing */
	__u64 delivered; /* events */
	struct sensor_counters told;
	__u64 told_lost_ns;       /* when */
	__u64 told_suppressed_ns; /* when */
	__u64 told_missed_runs;
	__u64 asked_missed_runs_ns; /* when */
};

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopping = 1;
}

static bool take_record(void *context, const void *data, size_t size)
{
	struct reader *reader = context;
	const struct record_header *record = data;

	if (record->kind == RECORD_CGROUP) {
		announce_container(((const struct cgroup_record *)data)->cgroup_id);
	} else {
		const struct event_header *event = data;

		reader->delivered++;
		count_read(event->cgroup_id, record->flags, size);
	}
	put_frame(data, size);
	return !is_output_closed() && --reader->left_in_turn > 0;
}

/* Of all CPUs together. */
static struct sensor_counters read_counters(const struct reader *reader)
{
	struct sensor_counters total = { 0 };
	__u64 *sums = (__u64 *)&total;

	for (int cpu = 0; cpu < reader->cpu_count; cpu++) {
		const __u64 *own = (const __u64 *)&reader->counters[cpu];

		for (size_t i = 0; i < sizeof(total) / sizeof(*sums); i++)
			sums[i] += __atomic_load_n(&own[i], __ATOMIC_RELAXED);
	}
	return total;
}

static __u64 sum(const __u64 *counts)
{
	__u64 total = 0;

	for (int type = 0; type < EVENT_INDEX_CAPACITY; type++)
		total += counts[type];
	return total;
}

static void put_totals(const struct reader *reader)
{
	struct sensor_counters counters = read_counters(reader);
	struct totals_record totals = {
		.record = { .size = sizeof(totals),
			    .magic = RECORD_MAGIC,
			    .kind = RECORD_TOTALS,
			    .boot_ns = boot_time_ns() },
	};

	memcpy(totals.emitted, counters.emitted, sizeof(totals.emitted));
	memcpy(totals.lost, counters.lost, sizeof(totals.lost));
	put_frame(&totals, sizeof(totals));
}

static bool is_time(__u64 *last_ns, int interval_ms)
{
	__u64 now = boot_time_ns();

	if (now - *last_ns < interval_ms * 1000000ULL)
		return false;
	*last_ns = now;
	return true;
}

static void tell_suppressed(struct reader *reader)
{
	struct sensor_counters counters = read_counters(reader);
	struct suppressed_record suppressed = {
		.record = { .size = sizeof(suppressed),
			    .magic = RECORD_MAGIC,
			    .kind = RECORD_SUPPRESSED,
			    .boot_ns = boot_time_ns() },
	};

	for (int type = 0; type < EVENT_INDEX_CAPACITY; type++) {
		suppressed.duplicates[type] = counters.duplicates[type] - reader->told.duplicates[type];
		suppressed.unwanted[type] = counters.unwanted[type] - reader->told.unwanted[type];
	}
	reader->told = counters;
	if (sum(suppressed.duplicates) + sum(suppressed.unwanted) > 0)
		put_frame(&suppressed, sizeof(suppressed));
}

static void tell_missed_runs(struct reader *reader, const struct sensor *sensor)
{
	__u64 missed;

	if (!is_time(&reader->asked_missed_runs_ns, MISSED_RUNS_MS))
		return;
	missed = count_missed_runs(sensor);
	if (missed > reader->told_missed_runs)
		fprintf(stderr, "the kernel passed over %llu runs of the sensor's programs\n",
			(unsigned long long)(missed - reader->told_missed_runs));
	reader->told_missed_runs = missed;
}

static void read_ring(struct reader *reader)
{
	reader->left_in_turn = RECORDS_PER_TURN;
	if (consume_ring(take_record, reader))
		reader->is_quiet = false;
	publish_read();
	if (is_time(&reader->told_lost_ns, LOST_MS))
		put_lost_frame();
	if (is_time(&reader->told_suppressed_ns, SUPPRESSED_MS))
		tell_suppressed(reader);
	flush_frames();
}

/* False when nothing can be said to us any more. */
static bool read_control(void)
{
	char bytes[4096];
	ssize_t size = read(STDIN_FILENO, bytes, sizeof(bytes));

	if (size > 0)
		take_control(bytes, size);
	return size > 0;
}

/* True when there is a reason to end. */
static bool wait_for_records(struct reader *reader)
{
	struct pollfd watched[] = {
		{ .fd = ring_wake_fd(), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 },
	};
	int ready = poll(watched, 3, reader->is_quiet ? POLL_MS : LOOK_AGAIN_MS);

	if (ready < 0)
		return errno != EINTR;
	/* What was written just now is read next, and unsets it. */
	reader->is_quiet = ready == 0;
	if (watched[1].revents && !read_control())
		return true;
	return (watched[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

/* After the end of telling: reads what is left until every event is accounted for, and tells the account. */
static void drain(struct reader *reader)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };

	for (int waited_ms = 0; waited_ms < DRAIN_MS && !is_output_closed() && !is_ring_broken(); waited_ms += 5) {
		struct sensor_counters counters;

		read_ring(reader);
		counters = read_counters(reader);
		if (sum(counters.emitted) == reader->delivered + sum(counters.lost))
			break;
		nanosleep(&pause, NULL);
	}
	put_lost_frame();
	tell_suppressed(reader);
	put_totals(reader);
	flush_frames();
}

static bool open_reader(struct reader *reader, const struct sensor *sensor, size_t ring_bytes)
{
	int records_fd = bpf_object__find_map_fd_by_name(sensor->object, "records");
	int counters_fd = bpf_object__find_map_fd_by_name(sensor->object, "counters");
	void *counters = mmap(NULL, sensor->cpu_count * sizeof(struct sensor_counters), PROT_READ,
			      MAP_SHARED, counters_fd, 0);

	memset(reader, 0, sizeof(*reader));
	reader->counters = counters;
	reader->cpu_count = sensor->cpu_count;
	if (counters != MAP_FAILED)
		return open_ring(records_fd, ring_bytes) && open_shares(sensor->object) && open_control(sensor->object);
	fprintf(stderr, "cannot map the sensor's counters: %s\n", strerror(errno));
	return false;
}

static int run(const struct sensor_options *options)
{
	struct sensor sensor;
	struct reader reader;

	if (!start_programs(&sensor, options) || !open_reader(&reader, &sensor, options->ring_bytes))
		return 1;
	/* What loading needed, and nobody will again. */
	malloc_trim(0);
	put_ready_frame(&sensor.programs, sensor.cpu_count);
	flush_frames();
	while (!is_stopping && !is_output_closed() && !is_ring_broken() && !wait_for_records(&reader)) {
		read_ring(&reader);
		tell_missed_runs(&reader, &sensor);
	}
	end_telling();
	drain(&reader);
	/* Last: it takes the kernel some 0.07 s for each. */
	stop_programs(&sensor);
	return is_ring_broken();
}

static int check(const struct sensor_options *options)
{
	static struct program_list programs;

	if (!check_programs(&programs, options))
		return 1;
	print_programs(&programs);
	return 0;
}

/* Ends with the parent, however that ends; false when it ended just now (if earlier, standard input is closed). */
static bool follow_parent(void)
{
	pid_t parent = getppid();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return getppid() == parent;
}

int main(int count, char **arguments)
{
	struct sensor_options options;
	struct sigaction on_stop = { .sa_handler = stop };
	bool is_check = false;

	if (!follow_parent())
		return 1;
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &on_stop, NULL);
	sigaction(SIGINT, &on_stop, NULL);
	hush_libbpf();
	if (!parse_options(count, arguments, &options, &is_check))
		return 2;
	return is_check ? check(&options) : run(&options);
}
