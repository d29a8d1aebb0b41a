/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hullwatch-sensor: loads the sensor's programs and writes what they tell to standard output, in
 * the frames of records.h. Ends when standard input is closed, on SIGTERM and SIGINT, when nobody
 * reads the output any more, and with its parent.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <linux/types.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "output.h"
#include "programs.h"
#include "records.h"

/* Opens do not wake us one by one, so this is how long one may wait in the ring buffer. */
#define POLL_MS 50
/* How often we ask for what the kernel side cannot count itself. */
#define MISSED_RUNS_MS 10000
/* How long programs that are running when they are detached may take to finish their event. */
#define DRAIN_MS 200
/* Records read in one go, before we look up: busy containers can write as fast as we read. */
#define RECORDS_PER_TURN 16384
#define DEFAULT_RING_BYTES (8 << 20)
#define DEFAULT_WAKE_BYTES (64 << 10)
#define MIN_RING_BYTES (64 << 10)
#define MAX_RING_BYTES (1 << 30)

static volatile sig_atomic_t is_stopping;

struct reader {
	struct ring_buffer *ring;
	const struct sensor_counters *counters;
	int cpu_count;
	int left_in_turn;
	__u64 delivered; /* events */
	__u64 told_lost[EVENT_INDEX_COUNT];
	__u64 told_missed_runs;
	__u64 asked_missed_runs_ns; /* when */
};

static void stop(int signal_number)
{
	(void)signal_number;
	is_stopping = 1;
}

static int take_record(void *context, void *data, size_t size)
{
	struct reader *reader = context;
	const struct record_header *record = data;

	if (record->kind != RECORD_CGROUP)
		reader->delivered++;
	put_frame(data, size);
	return is_output_closed() || --reader->left_in_turn <= 0 ? -EAGAIN : 0;
}

static struct totals_record read_totals(const struct reader *reader)
{
	struct totals_record totals = {
		.record = { .size = sizeof(totals),
			    .magic = RECORD_MAGIC,
			    .kind = RECORD_TOTALS,
			    .boot_ns = boot_time_ns() },
	};

	for (int cpu = 0; cpu < reader->cpu_count; cpu++) {
		for (int type = 0; type < EVENT_INDEX_COUNT; type++) {
			const struct sensor_counters *own = &reader->counters[cpu];

			totals.emitted[type] += __atomic_load_n(&own->emitted[type], __ATOMIC_RELAXED);
			totals.lost[type] += __atomic_load_n(&own->lost[type], __ATOMIC_RELAXED);
		}
	}
	return totals;
}

static __u64 sum(const __u64 *counts)
{
	__u64 total = 0;

	for (int type = 0; type < EVENT_INDEX_COUNT; type++)
		total += counts[type];
	return total;
}

static void tell_lost(struct reader *reader)
{
	struct totals_record totals = read_totals(reader);
	struct lost_record lost = {
		.record = { .size = sizeof(lost),
			    .magic = RECORD_MAGIC,
			    .kind = RECORD_LOST,
			    .boot_ns = totals.record.boot_ns },
	};

	for (int type = 0; type < EVENT_INDEX_COUNT; type++) {
		lost.lost[type] = totals.lost[type] - reader->told_lost[type];
		reader->told_lost[type] = totals.lost[type];
	}
	if (sum(lost.lost) > 0)
		put_frame(&lost, sizeof(lost));
}

static void tell_missed_runs(struct reader *reader, const struct sensor *sensor)
{
	__u64 now = boot_time_ns();
	__u64 missed;

	if (now - reader->asked_missed_runs_ns < MISSED_RUNS_MS * 1000000ULL)
		return;
	reader->asked_missed_runs_ns = now;
	missed = count_missed_runs(sensor);
	if (missed > reader->told_missed_runs)
		fprintf(stderr, "the kernel passed over %llu runs of the sensor's programs\n",
			(unsigned long long)(missed - reader->told_missed_runs));
	reader->told_missed_runs = missed;
}

static void read_ring(struct reader *reader)
{
	reader->left_in_turn = RECORDS_PER_TURN;
	ring_buffer__consume(reader->ring);
	tell_lost(reader);
	flush_frames();
}

/* True when there is a reason to end. */
static bool wait_for_records(struct reader *reader)
{
	struct pollfd watched[] = {
		{ .fd = ring_buffer__epoll_fd(reader->ring), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 },
	};
	char ignored[256];

	if (poll(watched, 3, POLL_MS) < 0)
		return errno != EINTR;
	/* What is said to us has no meaning; that nothing can be said any more has. */
	if (watched[1].revents && read(STDIN_FILENO, ignored, sizeof(ignored)) <= 0)
		return true;
	return (watched[2].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

/* After the programs were detached: reads what is left until every event is accounted for. */
static void drain(struct reader *reader)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };

	for (int waited_ms = 0; waited_ms < DRAIN_MS && !is_output_closed(); waited_ms += 5) {
		struct totals_record totals;

		read_ring(reader);
		totals = read_totals(reader);
		if (sum(totals.emitted) == reader->delivered + sum(totals.lost))
			break;
		nanosleep(&pause, NULL);
	}
}

static bool open_reader(struct reader *reader, const struct sensor *sensor)
{
	int records_fd = bpf_object__find_map_fd_by_name(sensor->object, "records");
	int counters_fd = bpf_object__find_map_fd_by_name(sensor->object, "counters");
	void *counters = mmap(NULL, sensor->cpu_count * sizeof(struct sensor_counters), PROT_READ,
			      MAP_SHARED, counters_fd, 0);

	memset(reader, 0, sizeof(*reader));
	reader->ring = ring_buffer__new(records_fd, take_record, reader, NULL);
	reader->counters = counters;
	reader->cpu_count = sensor->cpu_count;
	if (reader->ring && counters != MAP_FAILED)
		return true;
	fprintf(stderr, "cannot map the sensor's buffers: %s\n", strerror(errno));
	return false;
}

static int run(const struct sensor_options *options)
{
	struct sensor sensor;
	struct reader reader;
	struct totals_record totals;

	if (!start_programs(&sensor, options) || !open_reader(&reader, &sensor))
		return 1;
	put_ready_frame(&sensor.programs, sensor.cpu_count);
	flush_frames();
	while (!is_stopping && !is_output_closed() && !wait_for_records(&reader)) {
		read_ring(&reader);
		tell_missed_runs(&reader, &sensor);
	}
	stop_programs(&sensor);
	drain(&reader);
	totals = read_totals(&reader);
	put_frame(&totals, sizeof(totals));
	flush_frames();
	return 0;
}

static int check(const struct sensor_options *options)
{
	static struct program_list programs;

	if (!check_programs(&programs, options))
		return 1;
	print_programs(&programs);
	return 0;
}

static void usage(void)
{
	fprintf(stderr,
		"usage: hullwatch-sensor OBJECT [--ring-bytes N] [--wake-bytes N] [--programs A,B] [--check]\n"
		"  OBJECT          the compiled programs (sensor.bpf.o)\n"
		"  --ring-bytes N  size of the ring buffer, a power of two (default %d)\n"
		"  --wake-bytes N  unread bytes from which on opens wake the reader (default %d)\n"
		"  --programs A,B  load only these\n"
		"  --check         try to load each program, print the outcome as JSON and end\n",
		DEFAULT_RING_BYTES, DEFAULT_WAKE_BYTES);
}

static bool parse_size(const char *name, const char *text, size_t *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	if (*end == '\0' && end != text && errno == 0)
		return true;
	fprintf(stderr, "--%s: expected a number of bytes, got \"%s\"\n", name, text);
	return false;
}

static bool parse_options(int count, char **arguments, struct sensor_options *options, bool *is_check)
{
	static const struct option KNOWN[] = {
		{ "ring-bytes", required_argument, NULL, 'r' },
		{ "wake-bytes", required_argument, NULL, 'w' },
		{ "programs", required_argument, NULL, 'p' },
		{ "check", no_argument, NULL, 'c' },
		{ 0 },
	};
	bool is_known = true, is_valid = true;
	int which;

	while ((which = getopt_long(count, arguments, "", KNOWN, NULL)) != -1) {
		if (which == 'r')
			is_valid &= parse_size("ring-bytes", optarg, &options->ring_bytes);
		else if (which == 'w')
			is_valid &= parse_size("wake-bytes", optarg, &options->wake_bytes);
		else if (which == 'p')
			options->wanted = optarg;
		else if (which == 'c')
			*is_check = true;
		else
			is_known = false;
	}
	if (!is_known || optind != count - 1) {
		usage();
		return false;
	}
	if (!is_valid)
		return false;
	options->object_path = arguments[optind];
	if (options->ring_bytes >= MIN_RING_BYTES && options->ring_bytes <= MAX_RING_BYTES &&
	    (options->ring_bytes & (options->ring_bytes - 1)) == 0)
		return true;
	fprintf(stderr, "--ring-bytes: expected a power of two from %d to %d, got %zu\n", MIN_RING_BYTES,
		MAX_RING_BYTES, options->ring_bytes);
	return false;
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
	struct sensor_options options = {
		.ring_bytes = DEFAULT_RING_BYTES,
		.wake_bytes = DEFAULT_WAKE_BYTES,
	};
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
