/* SPDX-License-Identifier: Apache-2.0 */
#include "program-list.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"

static const char SYSCALL_PREFIX[] = "tp/syscalls/";
static const char BTF_PREFIX[] = "tp_btf/";
static const char KPROBE_PREFIX[] = "kprobe/";
static const char *const KPROBE_SOURCE = "/sys/bus/event_source/devices/kprobe";

/* Programs that tell the same; the second is for kernels that do not take the first. */
static const struct {
	const char *preferred;
	const char *substitute;
} ALTERNATIVES[] = {
	{ "capability_granted", "capability_asked" }, { "socket_write", "sys_write" },
	{ "socket_write", "sys_writev" },             { "socket_read", "sys_read" },
	{ "socket_read", "sys_readv" },
};

/* All ways to open a file: one code that asks which call it was, and that the kernel has to verify just once. */
static const char SHARED_CODE[] = "sys_openat";
static const char *const SHARING_IT[] = { "sys_openat2", "sys_open", "sys_creat", "sys_open_by_handle_at" };

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
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
	} else if (starts_with(section, KPROBE_PREFIX) && access(KPROBE_SOURCE, F_OK)) {
		snprintf(state->reason, REASON_SIZE, "the kernel has no kprobes");
	}
}

static struct program_state *find_state(struct program_list *list, const char *name)
{
	for (int i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return &list->items[i];
	return NULL;
}

static const struct program_state *preferred_to(struct program_list *list, const char *name)
{
	for (size_t i = 0; i < sizeof(ALTERNATIVES) / sizeof(ALTERNATIVES[0]); i++)
		if (strcmp(ALTERNATIVES[i].substitute, name) == 0)
			return find_state(list, ALTERNATIVES[i].preferred);
	return NULL;
}

const char *code_of(const char *name)
{
	for (size_t i = 0; i < sizeof(SHARING_IT) / sizeof(SHARING_IT[0]); i++)
		if (strcmp(SHARING_IT[i], name) == 0)
			return SHARED_CODE;
	return name;
}

void choose_alternatives(struct program_list *list)
{
	for (int i = 0; i < list->count; i++) {
		struct program_state *state = &list->items[i];
		const struct program_state *preferred = preferred_to(list, state->name);

		if (!preferred || (state->reason[0] != '\0' && !state->is_substitute))
			continue;
		state->is_substitute = preferred->is_on;
		state->is_on = !preferred->is_on;
		state->reason[0] = '\0';
		if (preferred->is_on)
			snprintf(state->reason, REASON_SIZE, "%s tells the same", preferred->name);
	}
}

bool list_programs(struct program_list *list, struct bpf_object *object, const char *wanted)
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
		if (!is_wanted(wanted, state->name))
			snprintf(state->reason, REASON_SIZE, "not asked for");
		else
			look_for_hook(state, bpf_program__section_name(program), kernel);
		state->is_on = state->reason[0] == '\0';
	}
	btf__free(kernel);
	choose_alternatives(list);
	return true;
}
