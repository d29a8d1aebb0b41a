/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "words.h"

static char **next;

const char *word(void)
{
	if (!*next) {
		fprintf(stderr, "everything: an argument is missing\n");
		_exit(99);
	}
	return *next++;
}

long number(void)
{
	return strtol(word(), NULL, 0);
}

char **words_to(const char *end)
{
	char **first = next;

	while (*next && strcmp(*next, end) != 0)
		next++;
	if (*next)
		*next++ = NULL;
	return first;
}

static int act(const char *name)
{
	return act_on_files(name) || act_on_processes(name) || act_on_kernel(name) || act_on_network(name) ||
	       act_on_rules(name);
}

void perform(const char *name, char **arguments)
{
	char **later = next;

	next = arguments;
	must(!act(name), name);
	next = later;
}

void must(int failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "everything: %s: %s\n", what, strerror(errno));
	_exit(99);
}

void wait_for(int child)
{
	must(child < 0, "fork");
	waitpid(child, NULL, 0);
}

/* Under another name (/usr/bin/kubectl, say) it does nothing at all. */
static int is_own_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	path = slash ? slash + 1 : path;
	return strcmp(path, "kubectl") != 0 && strcmp(path, "other") != 0 && strcmp(path, "known") != 0;
}

int main(int count, char **arguments)
{
	if (count == 0 || !is_own_name(arguments[0]))
		return 0;
	next = arguments + 1;
	while (*next) {
		const char *name = word();

		if (act(name))
			continue;
		fprintf(stderr, "everything: no such act: %s\n", name);
		return 98;
	}
	return 0;
}
