/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the reader wants, as lines on standard input:
 *
 *   types HEX            of narrowed containers only these types: bit per enum event_index
 *   open-prefixes N      and of opens only those below one of N paths, on the N lines that follow; they
 *                        take the place of all earlier ones
 *   open-prefixes all    opens of every path again
 *   narrow CGROUP 0|1    narrows a container to that, or widens it to everything again
 *   reopen CGROUP|all    tells again what was told before
 *
 * A line that is none of these is told on stderr and left out.
 */
#ifndef HULLWATCH_CONTROL_H
#define HULLWATCH_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct bpf_object;

/* Maps what the programs are told; false, with a message on stderr, when it cannot be mapped. */
bool open_control(struct bpf_object *object);

/* Takes the next bytes of the lines, in pieces of any size. */
void take_control(const char *bytes, size_t size);

/* Makes the programs tell nothing any more; when it returns, what they were about to tell is told. */
void end_telling(void);

#endif
