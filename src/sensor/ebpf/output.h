/* SPDX-License-Identifier: Apache-2.0 */
/* Frames on standard output. */
#ifndef HULLWATCH_OUTPUT_H
#define HULLWATCH_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct program_list;

/* Adds a frame to the batch; writes the batch out when it is full. */
void put_frame(const void *frame, size_t size);

/* Writes the batch out and waits until the reader has taken it. */
void flush_frames(void);

/* True once the reader has gone away; everything is thrown away from then on. */
bool is_output_closed(void);

/* Adds the ready frame: what the kernel side is and sees, and how its time relates to the world's. */
void put_ready_frame(const struct program_list *programs, int cpu_count);

/* Writes {kernel, programs, skipped} as a line of JSON. */
void print_programs(const struct program_list *programs);

#endif
