/*
 * Does on command what live tests and benches want to see the sensor report. Static, so that an
 * act makes no event that was not asked for (no dynamic loader, no locale files).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
	"acts open N FILES        open FILES files in turn, N opens in all, as fast as it goes\n"
	"acts read FILE...        read each file to its end\n"
	"acts exec N PROGRAM...   run a program N times, one after the other\n"
	"acts fork N              make N processes that end at once\n"
	"acts memfd PROGRAM...    run a copy of a program that lies in memory only\n"
	"acts sleep SECONDS       wait\n"
	"acts exit CODE           end with this code\n";

static int fail(const char *what)
{
	fprintf(stderr, "acts: %s: %s\n", what, strerror(errno));
	return 1;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static char *load_path(long file)
{
	static char path[64];

	snprintf(path, sizeof(path), "/tmp/load/file-%06ld", file);
	return path;
}

/* The files are made with mknod(2), which opens nothing: only the opens that are counted happen. */
static int act_open(long opens, long files)
{
	long failed = 0;
	double start;

	if (mkdir("/tmp/load", 0755) && errno != EEXIST)
		return fail("/tmp/load");
	for (long file = 0; file < files; file++)
		if (mknod(load_path(file), S_IFREG | 0644, 0) && errno != EEXIST)
			return fail(load_path(file));
	start = seconds_now();
	for (long i = 0; i < opens; i++) {
		int fd = open(load_path(i % files), O_RDONLY);

		if (fd < 0)
			failed++;
		else
			close(fd);
	}
	printf("{\"opens\":%ld,\"files\":%ld,\"failed\":%ld,\"seconds\":%.6f}\n", opens, files, failed,
	       seconds_now() - start);
	return failed > 0;
}

static int act_read(char **files)
{
	char buffer[4096];

	for (; *files; files++) {
		int fd = open(*files, O_RDONLY);

		if (fd < 0)
			return fail(*files);
		while (read(fd, buffer, sizeof(buffer)) > 0)
			;
		close(fd);
	}
	return 0;
}

static int wait_for(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) < 0)
		return fail("child");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int act_exec(long times, char **program)
{
	for (long i = 0; i < times; i++) {
		pid_t child = fork();
		int code;

		if (child == 0) {
			execv(program[0], program);
			_exit(127);
		}
		code = wait_for(child);
		if (code)
			return code;
	}
	return 0;
}

static int act_fork(long times)
{
	for (long i = 0; i < times; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		if (wait_for(child))
			return 1;
	}
	return 0;
}

static int act_memfd(char **program)
{
	int from = open(program[0], O_RDONLY);
	int to = memfd_create("acts", 0);
	char buffer[65536];
	ssize_t size;

	if (from < 0 || to < 0)
		return fail(program[0]);
	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, size) != size)
			return fail("memfd");
	close(from);
	fexecve(to, program, environ);
	return fail("fexecve");
}

int main(int count, char **args)
{
	const char *act = count > 2 ? args[1] : "";

	if (!strcmp(act, "open") && count == 4 && atol(args[3]) > 0)
		return act_open(atol(args[2]), atol(args[3]));
	if (!strcmp(act, "read"))
		return act_read(args + 2);
	if (!strcmp(act, "exec") && count > 3)
		return act_exec(atol(args[2]), args + 3);
	if (!strcmp(act, "fork"))
		return act_fork(atol(args[2]));
	if (!strcmp(act, "memfd"))
		return act_memfd(args + 2);
	if (!strcmp(act, "sleep"))
		return sleep(atoi(args[2])) > 0;
	if (!strcmp(act, "exit"))
		return atoi(args[2]);
	fputs(usage, stderr);
	return 2;
}
