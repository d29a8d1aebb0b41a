/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "host.h"
#include "records.h"

/* Without these there is no sensor: the rest only adds ways to open a file, and tidies up. */
static const char *const ESSENTIAL[] = { "process_exec", "process_fork", "process_exit",
					 "cgroup_attach", "sys_openat" };
/* What the window of http is of that of all others, and the steps that windows have: as in the agent's own. */
#define HTTP_STEPS 31
#define ALL_STEPS 156
#define STEP_MS 64

/* Of sensor_settings. */
static __u64 hash_key[2];

/* The last lines that libbpf said, for the message when something fails. */
static char last_words[4096];

static int keep_words(enum libbpf_print_level level, const char *format, va_list arguments)
{
	const size_t capacity = sizeof(last_words) - 1;
	size_t kept = strlen(last_words);
	char *words;
	int size;

	if (level == LIBBPF_DEBUG)
		return 0;
	size = vasprintf(&words, format, arguments);
	if (size < 0)
		return 0;
	/* The verifier's log is long and ends with the reason, so the newest words are worth more than the oldest. */
	if ((size_t)size >= capacity) {
		memcpy(last_words, words + size - capacity, capacity + 1);
	} else {
		if (kept + size > capacity) {
			memmove(last_words, last_words + kept - (capacity - size), capacity - size);
			kept = capacity - size;
		}
		memcpy(last_words + kept, words, size + 1);
	}
	free(words);
	return size;
}

void hush_libbpf(void)
{
	libbpf_set_print(keep_words);
}

static bool is_essential(const char *name)
{
	for (size_t i = 0; i < sizeof(ESSENTIAL) / sizeof(ESSENTIAL[0]); i++)
		if (strcmp(name, ESSENTIAL[i]) == 0)
			return true;
	return false;
}

/* In whole steps, as the agent rounds: what is told again must not be set aside there. */
static __u64 window_ns(__u64 window_ms)
{
	return (window_ms + STEP_MS - 1) / STEP_MS * STEP_MS * 1000000;
}

static bool configure(struct bpf_object *object, const struct sensor_options *options, int cpu_count,
		      __u32 host_ns)
{
	struct bpf_map *rodata = bpf_object__find_map_by_name(object, ".rodata.settings");
	struct bpf_map *ring = bpf_object__find_map_by_name(object, "records");
	struct bpf_map *counters = bpf_object__find_map_by_name(object, "counters");
	struct bpf_map *workbenches = bpf_object__find_map_by_name(object, "workbenches");
	struct sensor_settings settings = {
		.wake_bytes = options->wake_bytes,
		.patient_limit_bytes = options->ring_bytes - options->ring_bytes / 8,
		.ring_bytes = options->ring_bytes,
		.dedup_ns = window_ns(options->dedup_ms),
		/* Rounded up once more. */
		.http_dedup_ns = window_ns((options->dedup_ms * HTTP_STEPS + ALL_STEPS - 1) / ALL_STEPS),
		.host_mount_ns = host_ns,
		.cpu_count = cpu_count,
		.tells_host = options->tells_host,
		.own_pid = getpid(),
		.parent_pid = getppid(),
	};

	memcpy(settings.hash_key, hash_key, sizeof(hash_key));
	return rodata && ring && counters && workbenches &&
	       !bpf_map__set_initial_value(rodata, &settings, sizeof(settings)) &&
	       !bpf_map__set_max_entries(ring, options->ring_bytes) &&
	       !bpf_map__set_max_entries(counters, cpu_count) &&
	       !bpf_map__set_max_entries(workbenches, cpu_count);
}

/* Leaves to be loaded what is on. */
static void choose_programs(struct bpf_object *object, const struct program_list *list)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
	for (int i = 0; i < list->count; i++)
		if (list->items[i].is_on)
			bpf_program__set_autoload(
				bpf_object__find_program_by_name(object, code_of(list->items[i].name)), true);
}

/* Opens the object with just the programs that `list` has on (all when it is null). */
static struct bpf_object *open_object(const struct sensor_options *options, __u32 host_ns,
				      const struct program_list *list)
{
	struct bpf_object *object = bpf_object__open_file(options->object_path, NULL);

	if (!object) {
		fprintf(stderr, "cannot read %s: %s\n%s", options->object_path, strerror(errno), last_words);
		return NULL;
	}
	if (!configure(object, options, libbpf_num_possible_cpus(), host_ns)) {
		fprintf(stderr, "%s is not a sensor object of this loader's version\n%s",
			options->object_path, last_words);
		bpf_object__close(object);
		return NULL;
	}
	if (list)
		choose_programs(object, list);
	return object;
}

/* Loads the program alone. Marks the program as off when the kernel refuses it although its hook is there. */
static void try_load(struct program_state *state, const struct sensor_options *options, __u32 host_ns)
{
	struct bpf_object *object = open_object(options, host_ns, NULL);
	struct bpf_program *program;
	int error;

	if (!object)
		return;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, strcmp(bpf_program__name(program), state->name) == 0);
	last_words[0] = '\0';
	error = bpf_object__load(object);
	if (error) {
		state->is_on = false;
		snprintf(state->reason, REASON_SIZE, "the kernel refused it: %s", strerror(-error));
	}
	bpf_object__close(object);
}

static bool prepare(struct program_list *list, const struct sensor_options *options, __u32 *host_ns)
{
	char reason[REASON_SIZE] = "";
	struct bpf_object *object;
	bool is_listed;

	*host_ns = host_mount_ns();
	if (!*host_ns) {
		fprintf(stderr, "cannot read the host's mount namespace: is /proc mounted?\n");
		return false;
	}
	if (getrandom(hash_key, sizeof(hash_key), 0) != sizeof(hash_key)) {
		fprintf(stderr, "cannot draw a random number: %s\n", strerror(errno));
		return false;
	}
	if (!open_tracefs(reason, sizeof(reason))) {
		fprintf(stderr, "%s\n", reason);
		return false;
	}
	object = open_object(options, *host_ns, NULL);
	if (!object)
		return false;
	is_listed = list_programs(list, object, options->wanted);
	bpf_object__close(object);
	for (int i = 0; i < list->count; i++)
		list->items[i].is_essential = is_essential(list->items[i].name);
	return is_listed;
}

bool check_programs(struct program_list *list, const struct sensor_options *options)
{
	__u32 host_ns;

	if (!prepare(list, options, &host_ns))
		return false;
	for (int i = 0; i < list->count; i++)
		if (list->items[i].is_on)
			try_load(&list->items[i], options, host_ns);
	return true;
}

static bool has_essential_programs(const struct program_list *list)
{
	bool has_all = true;

	for (int i = 0; i < list->count; i++) {
		const struct program_state *state = &list->items[i];

		if (!state->is_essential || state->is_on)
			continue;
		fprintf(stderr, "the sensor cannot run without program %s: %s\n", state->name, state->reason);
		has_all = false;
	}
	return has_all;
}

/* Loads what can be loaded: all at once, and, when the kernel refuses that, without those that it refuses. */
static bool load_programs(struct sensor *sensor, const struct sensor_options *options, __u32 host_ns)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		sensor->object = open_object(options, host_ns, &sensor->programs);
		if (!sensor->object)
			return false;
		last_words[0] = '\0';
		if (bpf_object__load(sensor->object) == 0)
			return true;
		fprintf(stderr, "%s", last_words);
		bpf_object__close(sensor->object);
		sensor->object = NULL;
		for (int i = 0; attempt == 0 && i < sensor->programs.count; i++)
			if (sensor->programs.items[i].is_on)
				try_load(&sensor->programs.items[i], options, host_ns);
		choose_alternatives(&sensor->programs);
		if (!has_essential_programs(&sensor->programs))
			return false;
	}
	fprintf(stderr, "the kernel refused the sensor's programs together\n");
	return false;
}

static struct bpf_link *attach_program(struct bpf_object *object, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);
	struct bpf_program *code = bpf_object__find_program_by_name(object, code_of(name));
	const char *hook = strrchr(bpf_program__section_name(program), '/') + 1;

	return code == program ? bpf_program__attach(program)
			       : bpf_program__attach_tracepoint(code, "syscalls", hook);
}

static void attach_programs(struct sensor *sensor)
{
	for (int i = 0; i < sensor->programs.count; i++) {
		struct program_state *state = &sensor->programs.items[i];

		if (!state->is_on)
			continue;
		sensor->links[i] = attach_program(sensor->object, state->name);
		if (sensor->links[i])
			continue;
		state->is_on = false;
		snprintf(state->reason, REASON_SIZE, "it could not be attached: %s", strerror(errno));
	}
}

bool start_programs(struct sensor *sensor, const struct sensor_options *options)
{
	__u32 host_ns;

	memset(sensor, 0, sizeof(*sensor));
	sensor->cpu_count = libbpf_num_possible_cpus();
	if (!prepare(&sensor->programs, options, &host_ns) ||
	    (!options->wanted && !has_essential_programs(&sensor->programs)) ||
	    !load_programs(sensor, options, host_ns))
		return false;
	attach_programs(sensor);
	if (options->wanted || has_essential_programs(&sensor->programs))
		return true;
	stop_programs(sensor);
	return false;
}

void stop_programs(struct sensor *sensor)
{
	for (int i = 0; i < sensor->programs.count; i++) {
		bpf_link__destroy(sensor->links[i]);
		sensor->links[i] = NULL;
	}
}

unsigned long long count_missed_runs(const struct sensor *sensor)
{
	unsigned long long missed = 0;
	struct bpf_program *program;

	bpf_object__for_each_program(program, sensor->object) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size))
			missed += info.recursion_misses;
	}
	return missed;
}
