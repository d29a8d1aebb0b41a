/* SPDX-License-Identifier: Apache-2.0 */
#include "programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>

#include "host.h"
#include "records.h"

/* Without these there is no sensor: the rest only adds ways to open a file, and tidies up. */
static const char *const ESSENTIAL[] = { "process_exec", "process_fork", "process_exit",
					 "cgroup_attach", "sys_openat" };
static const char SYSCALL_PREFIX[] = "tp/syscalls/";
static const char BTF_PREFIX[] = "tp_btf/";

/* The last lines that libbpf said, for the message when something fails. */
static char last_words[4096];

static int keep_words(enum libbpf_print_level level, const char *format, va_list arguments)
{
	size_t used = strlen(last_words);

	if (level == LIBBPF_DEBUG)
		return 0;
	/* The verifier's log ends with the reason, so the newest words are worth more than the oldest. */
	if (used > sizeof(last_words) / 2) {
		memmove(last_words, last_words + used / 2, used - used / 2 + 1);
		used = strlen(last_words);
	}
	return vsnprintf(last_words + used, sizeof(last_words) - used, format, arguments);
}

void hush_libbpf(void)
{
	libbpf_set_print(keep_words);
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_essential(const char *name)
{
	for (size_t i = 0; i < sizeof(ESSENTIAL) / sizeof(ESSENTIAL[0]); i++)
		if (strcmp(name, ESSENTIAL[i]) == 0)
			return true;
	return false;
}

static bool is_wanted(const char *wanted, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = wanted; at; at = strchr(at, ',')) {
		if (*at == ',')
			at++;
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	}
	return wanted == NULL;
}

/* Fills in why this kernel cannot run the program; leaves the reason empty when its hook is there. */
static void look_for_hook(struct program_state *state, const char *section, const struct btf *kernel)
{
	if (starts_with(section, SYSCALL_PREFIX)) {
		const char *tracepoint = section + strlen(SYSCALL_PREFIX);

		if (!has_tracepoint("syscalls", tracepoint))
			snprintf(state->reason, REASON_SIZE, "the kernel has no tracepoint syscalls/%s", tracepoint);
	} else if (starts_with(section, BTF_PREFIX)) {
		const char *tracepoint = section + strlen(BTF_PREFIX);
		char type[96];

		snprintf(type, sizeof(type), "btf_trace_%s", tracepoint);
		if (btf__find_by_name_kind(kernel, type, BTF_KIND_TYPEDEF) < 0)
			snprintf(state->reason, REASON_SIZE, "the kernel's BTF has no tracepoint %s", tracepoint);
	}
}

static bool list_programs(struct program_list *list, struct bpf_object *object, const char *wanted)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	struct bpf_program *program;

	if (!kernel) {
		fprintf(stderr, "the kernel has no BTF (/sys/kernel/btf/vmlinux): %s\n", strerror(errno));
		return false;
	}
	memset(list, 0, sizeof(*list));
	bpf_object__for_each_program(program, object) {
		struct program_state *state = &list->items[list->count];

		if (list->count == MAX_PROGRAMS)
			break;
		list->count++;
		snprintf(state->name, sizeof(state->name), "%s", bpf_program__name(program));
		state->is_essential = is_essential(state->name);
		if (!is_wanted(wanted, state->name))
			snprintf(state->reason, REASON_SIZE, "not asked for");
		else
			look_for_hook(state, bpf_program__section_name(program), kernel);
		state->is_on = state->reason[0] == '\0';
	}
	btf__free(kernel);
	return true;
}

static bool configure(struct bpf_object *object, const struct sensor_options *options, int cpu_count,
		      __u32 host_ns)
{
	struct bpf_map *rodata = bpf_object__find_map_by_name(object, ".rodata.settings");
	struct bpf_map *ring = bpf_object__find_map_by_name(object, "records");
	struct bpf_map *counters = bpf_object__find_map_by_name(object, "counters");
	struct sensor_settings settings = {
		.wake_bytes = options->wake_bytes,
		.open_limit_bytes = options->ring_bytes - options->ring_bytes / 8,
		.host_mount_ns = host_ns,
		.cpu_count = cpu_count,
	};

	return rodata && ring && counters &&
	       !bpf_map__set_initial_value(rodata, &settings, sizeof(settings)) &&
	       !bpf_map__set_max_entries(ring, options->ring_bytes) &&
	       !bpf_map__set_max_entries(counters, cpu_count);
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
	for (int i = 0; list && i < list->count; i++) {
		struct bpf_program *program =
			bpf_object__find_program_by_name(object, list->items[i].name);

		bpf_program__set_autoload(program, list->items[i].is_on);
	}
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
	if (!open_tracefs(reason, sizeof(reason))) {
		fprintf(stderr, "%s\n", reason);
		return false;
	}
	object = open_object(options, *host_ns, NULL);
	if (!object)
		return false;
	is_listed = list_programs(list, object, options->wanted);
	bpf_object__close(object);
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
		if (!has_essential_programs(&sensor->programs))
			return false;
	}
	fprintf(stderr, "the kernel refused the sensor's programs together\n");
	return false;
}

static void attach_programs(struct sensor *sensor)
{
	for (int i = 0; i < sensor->programs.count; i++) {
		struct program_state *state = &sensor->programs.items[i];

		if (!state->is_on)
			continue;
		sensor->links[i] = bpf_program__attach(
			bpf_object__find_program_by_name(sensor->object, state->name));
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
