/* SPDX-License-Identifier: Apache-2.0 */
#include "control.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "records.h"
#include "shares.h"

/* Longer than any path. */
#define LINE_CAPACITY 8192
/* How long a program may take to its end, where the kernel cannot tell us that it came to it. */
#define LAST_RUNS_US (50 * 1000)

static struct sensor_demand *demand;
static int prefixes_fd;

static char line[LINE_CAPACITY];
static size_t line_size;
static bool is_line_too_long;

/* The prefixes that are in force, and those that were read of the next ones. */
struct prefix_list {
	struct open_prefix items[MAX_PREFIXES];
	__u32 count;
};

static struct prefix_list in_force, arriving;
/* Lines that still belong to `arriving`. */
static unsigned long awaited;
static bool has_overflowed;

bool open_control(struct bpf_object *object)
{
	int fd = bpf_object__find_map_fd_by_name(object, "demands");
	void *mapped = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	prefixes_fd = bpf_object__find_map_fd_by_name(object, "open_prefixes");
	if (mapped == MAP_FAILED) {
		fprintf(stderr, "cannot map the sensor's demand: %s\n", strerror(errno));
		return false;
	}
	demand = mapped;
	demand->wanted_types = ~0ULL;
	return true;
}

/* After a generation, the demand's or a share's, has become another one. */
static void note_change(void)
{
	__atomic_add_fetch(&demand->changes, 1, __ATOMIC_RELEASE);
}

static void tell_everything_again(void)
{
	__atomic_add_fetch(&demand->generation, 1, __ATOMIC_RELEASE);
	note_change();
}

static bool is_same(const struct open_prefix *one, const struct open_prefix *other)
{
	return one->bits == other->bits && memcmp(one->text, other->text, one->bits / 8) == 0;
}

static bool has_prefix(const struct prefix_list *list, const struct open_prefix *prefix)
{
	for (__u32 i = 0; i < list->count; i++)
		if (is_same(&list->items[i], prefix))
			return true;
	return false;
}

/* While they change, opens are not narrowed: rather too many for a moment than too few. */
static void use_prefixes(const struct prefix_list *next)
{
	const __u8 yes = 1;
	bool is_whole = true;

	__atomic_store_n(&demand->narrows_opens, 0, __ATOMIC_SEQ_CST);
	for (__u32 i = 0; i < in_force.count; i++)
		if (!has_prefix(next, &in_force.items[i]))
			bpf_map_delete_elem(prefixes_fd, &in_force.items[i]);
	for (__u32 i = 0; i < next->count; i++)
		if (!has_prefix(&in_force, &next->items[i]) &&
		    bpf_map_update_elem(prefixes_fd, &next->items[i], &yes, BPF_ANY))
			is_whole = false;
	memcpy(in_force.items, next->items, next->count * sizeof(next->items[0]));
	in_force.count = next->count;
	if (!is_whole)
		fprintf(stderr, "the prefixes of opens could not be set (%s): opens of all paths are told\n",
			strerror(errno));
	__atomic_store_n(&demand->narrows_opens, is_whole, __ATOMIC_SEQ_CST);
	tell_everything_again();
}

static void end_prefixes(void)
{
	__atomic_store_n(&demand->narrows_opens, 0, __ATOMIC_SEQ_CST);
	if (has_overflowed)
		fprintf(stderr, "more than %d prefixes of opens: opens of all paths are told\n", MAX_PREFIXES);
	/* What lies in the kernel meanwhile is not asked. */
	tell_everything_again();
}

static void take_prefix(const char *path)
{
	struct open_prefix *prefix = &arriving.items[arriving.count];
	size_t size = strlen(path);

	if (size > PREFIX_CAPACITY)
		size = PREFIX_CAPACITY;
	if (arriving.count == MAX_PREFIXES) {
		has_overflowed = true;
	} else {
		memset(prefix, 0, sizeof(*prefix));
		prefix->bits = size * 8;
		memcpy(prefix->text, path, size);
		if (!has_prefix(&arriving, prefix))
			arriving.count++;
	}
	if (--awaited > 0)
		return;
	if (has_overflowed)
		end_prefixes();
	else
		use_prefixes(&arriving);
}

/* A whole number, and nothing after it. */
static bool parse_number(const char *text, int base, __u64 *value)
{
	char *end;

	if (!text || *text < '0' || (*text > '9' && base == 10))
		return false;
	errno = 0;
	*value = strtoull(text, &end, base);
	return errno == 0 && *end == '\0';
}

static bool take_types(const char *types)
{
	__u64 wanted;

	if (!parse_number(types, 16, &wanted))
		return false;
	__atomic_store_n(&demand->wanted_types, wanted, __ATOMIC_SEQ_CST);
	note_change();
	return true;
}

static bool begin_prefixes(const char *count)
{
	__u64 number;

	arriving.count = 0;
	has_overflowed = false;
	if (count && strcmp(count, "all") == 0) {
		end_prefixes();
		return true;
	}
	if (!parse_number(count, 10, &number))
		return false;
	awaited = number;
	if (awaited == 0)
		use_prefixes(&arriving);
	return true;
}

static bool take_narrow(const char *cgroup, const char *is_narrow)
{
	__u64 id, value;

	if (!parse_number(cgroup, 10, &id) || !parse_number(is_narrow, 10, &value) || value > 1)
		return false;
	narrow_container(id, value);
	note_change();
	return true;
}

static bool take_reopen(const char *cgroup)
{
	__u64 id;

	if (cgroup && strcmp(cgroup, "all") == 0) {
		tell_everything_again();
		return true;
	}
	if (!parse_number(cgroup, 10, &id))
		return false;
	if (reopen_container(id))
		note_change();
	else
		tell_everything_again();
	return true;
}

static bool take_words(const char *name, const char *first, const char *second)
{
	if (!name)
		return false;
	if (strcmp(name, "types") == 0)
		return !second && take_types(first);
	if (strcmp(name, "open-prefixes") == 0)
		return !second && begin_prefixes(first);
	if (strcmp(name, "narrow") == 0)
		return take_narrow(first, second);
	if (strcmp(name, "reopen") == 0)
		return !second && take_reopen(first);
	return false;
}

static void take_line(void)
{
	char whole[64];
	char *rest = NULL, *name, *first, *second;

	line[line_size] = '\0';
	/* The paths come first: one of them may read like a command. */
	if (awaited > 0) {
		take_prefix(line);
		return;
	}
	snprintf(whole, sizeof(whole), "%.*s", (int)sizeof(whole) - 1, line);
	name = strtok_r(line, " ", &rest);
	first = strtok_r(NULL, " ", &rest);
	second = strtok_r(NULL, " ", &rest);
	if (is_line_too_long || strtok_r(NULL, " ", &rest) || !take_words(name, first, second))
		fprintf(stderr, "not understood, and left out: %s\n", whole);
}

void take_control(const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] == '\n') {
			take_line();
			line_size = 0;
			is_line_too_long = false;
		} else if (line_size < LINE_CAPACITY - 1) {
			line[line_size++] = bytes[i];
		} else {
			is_line_too_long = true;
		}
	}
}

void end_telling(void)
{
	__atomic_store_n(&demand->is_over, 1, __ATOMIC_SEQ_CST);
	/* Waits for all CPUs to leave what may not be interrupted, which programs run in. */
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0))
		usleep(LAST_RUNS_US);
}
