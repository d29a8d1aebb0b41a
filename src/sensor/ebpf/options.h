/* SPDX-License-Identifier: Apache-2.0 */
/* The loader's command line. */
#ifndef HULLWATCH_OPTIONS_H
#define HULLWATCH_OPTIONS_H

#include <stdbool.h>

struct sensor_options;

/* Fills in the options, with their defaults; false, with a message on stderr, when they are not understood. */
bool parse_options(int count, char **arguments, struct sensor_options *options, bool *is_check);

#endif
