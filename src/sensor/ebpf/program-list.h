/* SPDX-License-Identifier: Apache-2.0 */
/* The programs of the object: which of them are asked for and have their hook in this kernel. */
#ifndef HULLWATCH_PROGRAM_LIST_H
#define HULLWATCH_PROGRAM_LIST_H

#include <stdbool.h>

struct bpf_object;

#define MAX_PROGRAMS 64
#define REASON_SIZE 256

struct program_state {
	char name[48];
	bool is_essential; /* filled in by whom it is essential to */
	bool is_on;               /* loaded and attached, or, by check_programs(), loadable */
	bool is_substitute;       /* off because another one tells the same */
	char reason[REASON_SIZE]; /* why it is not on */
};

struct program_list {
	struct program_state items[MAX_PROGRAMS];
	int count;
};

/* The program that is loaded for the one of that name, and attached to its hook: itself, or one of the same code. */
const char *code_of(const char *name);

/* Fills in the object's programs; `wanted` as in sensor_options. False, with a message on stderr, without BTF. */
bool list_programs(struct program_list *list, struct bpf_object *object, const char *wanted);

/* Of programs that tell the same, leaves on just one. Again after one was refused: its substitute is then on. */
void choose_alternatives(struct program_list *list);

#endif
