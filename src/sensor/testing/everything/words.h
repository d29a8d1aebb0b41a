/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that does exactly what it is told, for the live tests: `everything ACT [ARGUMENT…] ACT …`, from
 * left to right. Linked statically and with few library calls, so that it does nothing else that could be told of.
 */
#ifndef EVERYTHING_WORDS_H
#define EVERYTHING_WORDS_H

#include <string.h>

#define IS(text) (strcmp(name, text) == 0)

/* The next argument; ends the program when there is none. */
const char *word(void);
/* The same as a number: decimal, 0x… or 0…. */
long number(void);
/* All arguments up to the word `end`, which is taken as well, or up to the last one. */
char **words_to(const char *end);
/* Does another act with other arguments. */
void perform(const char *name, char **arguments);
/* Ends the program when `failed`, with the name of what and errno. */
void must(int failed, const char *what);
/* Waits for a child to end. */
void wait_for(int child);

/* Each does the act of that name, or returns 0 when it is another one's. */
int act_on_files(const char *name);
int act_on_processes(const char *name);
int act_on_kernel(const char *name);
int act_on_network(const char *name);
int act_on_rules(const char *name);

#endif
