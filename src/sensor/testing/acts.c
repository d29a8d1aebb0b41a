/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that does exactly what it is told, for the live tests: `acts ACT [ARGUMENT…] ACT …`,
 * from left to right. Linked statically and with direct system calls, so that it opens nothing else.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 8

static char **next;

static const char *word(void)
{
	if (!*next) {
		fprintf(stderr, "acts: an argument is missing\n");
		_exit(99);
	}
	return *next++;
}

static void must(int failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "acts: %s: %s\n", what, strerror(errno));
	_exit(99);
}

static long open_it(const char *path, int flags)
{
	return syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

/* Writes to a file that was opened before the process was anybody's subject: cgroup.procs. */
static void join_cgroup(const char *path)
{
	int fd = open(path, O_WRONLY);

	must(fd < 0 || write(fd, "0", 1) != 1, path);
	close(fd);
}

static void wait_for(pid_t child)
{
	must(child < 0, "fork");
	waitpid(child, NULL, 0);
}

/* The child opens a file and ends. */
static void clone_into(const char *cgroup, const char *path)
{
	struct clone_args arguments = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = open(cgroup, O_DIRECTORY | O_PATH),
	};
	pid_t child = syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (child == 0) {
		open_it(path, O_RDONLY);
		_exit(0);
	}
	wait_for(child);
}

static void *sleep_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void start_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < THREADS; i++)
		must(pthread_create(&thread, NULL, sleep_for_ever, NULL) != 0, "thread");
}

static void *exec_rest(void *unused)
{
	execv(next[0], next);
	must(1, next[0]);
	return unused;
}

static void *exit_later(void *code)
{
	usleep(50 * 1000);
	syscall(SYS_exit_group, atoi(code));
	return NULL;
}

/* Executes a copy of this program from a file without a name. */
static void exec_memfd(const char *name)
{
	char *const arguments[] = { (char *)name, NULL };
	char buffer[65536];
	int target = memfd_create(name, MFD_CLOEXEC);
	int source = open("/proc/self/exe", O_RDONLY);
	ssize_t size;

	while ((size = read(source, buffer, sizeof(buffer))) > 0)
		must(write(target, buffer, size) != size, "memfd");
	fexecve(target, arguments, environ);
	must(1, "fexecve");
}

static void open_with_openat2(const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_NOFOLLOW };

	syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

static void open_by_handle(const char *directory, const char *path)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} file = { .handle.handle_bytes = MAX_HANDLE_SZ };
	/* This one is told too: the test expects it. */
	int mount_id, mount = open_it(directory, O_DIRECTORY);

	must(name_to_handle_at(AT_FDCWD, path, &file.handle, &mount_id, 0), path);
	must(open_by_handle_at(mount, &file.handle, O_RDONLY | O_NONBLOCK) < 0, path);
}

static void open_in(const char *directory, const char *name)
{
	/* O_PATH|O_DIRECTORY is told too: the test expects it. */
	int fd = open_it(directory, O_PATH | O_DIRECTORY);

	syscall(SYS_openat, fd, name, O_RDONLY, 0);
}

static void mount_overlay(const char *options, const char *place)
{
	must(mount("overlay", place, "overlay", 0, options), "overlay");
}

static void flood(const char *path, long count)
{
	while (count-- > 0)
		close(open_it(path, O_RDONLY));
}

static void wait_for_line(void)
{
	char line[16];

	must(write(STDOUT_FILENO, "waiting\n", 8) != 8, "write");
	must(read(STDIN_FILENO, line, sizeof(line)) < 0, "read");
}

static void fork_and(const char *how)
{
	pid_t child = fork();

	if (child == 0) {
		if (how[0] == '-')
			kill(getpid(), atoi(how + 1));
		_exit(atoi(how));
	}
	wait_for(child);
}

static int act(const char *name)
{
#define IS(text) (strcmp(name, text) == 0)
	if (IS("join")) {
		join_cgroup(word());
	} else if (IS("unshare")) {
		must(unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), name);
	} else if (IS("setns")) {
		int fd = open(word(), O_RDONLY);

		must(setns(fd, CLONE_NEWNS), name);
	} else if (IS("overlay")) {
		const char *options = word();

		mount_overlay(options, word());
	} else if (IS("chroot")) {
		must(chroot(word()) || chdir("/"), name);
	} else if (IS("chdir")) {
		must(chdir(word()), name);
	} else if (IS("open")) {
		open_it(word(), O_RDONLY);
	} else if (IS("openat")) {
		const char *directory = word();

		open_in(directory, word());
	} else if (IS("openat2")) {
		open_with_openat2(word());
	} else if (IS("open-legacy")) {
		syscall(SYS_open, word(), O_RDWR | O_CLOEXEC, 0);
	} else if (IS("creat")) {
		syscall(SYS_creat, word(), 0600);
	} else if (IS("open-by-handle")) {
		const char *directory = word();

		open_by_handle(directory, word());
	} else if (IS("flood")) {
		const char *path = word();

		flood(path, atol(word()));
	} else if (IS("fork")) {
		fork_and(word());
	} else if (IS("clone-into")) {
		const char *cgroup = word();

		clone_into(cgroup, word());
	} else if (IS("threads")) {
		start_threads();
	} else if (IS("exec")) {
		exec_rest(NULL);
	} else if (IS("exec-in-thread")) {
		pthread_t thread;

		must(pthread_create(&thread, NULL, exec_rest, NULL) != 0, name);
		pause();
	} else if (IS("exec-memfd")) {
		exec_memfd(word());
	} else if (IS("leader-exits")) {
		pthread_t thread;

		must(pthread_create(&thread, NULL, exit_later, (void *)word()) != 0, name);
		syscall(SYS_exit, 0);
	} else if (IS("wait")) {
		wait_for_line();
	} else if (IS("ignore-rest")) {
		_exit(0);
	} else if (IS("exit")) {
		syscall(SYS_exit_group, atoi(word()));
	} else {
		return 0;
	}
	return 1;
}

int main(int count, char **arguments)
{
	(void)count;
	next = arguments + 1;
	while (*next) {
		const char *name = word();

		if (!act(name)) {
			fprintf(stderr, "acts: no such act: %s\n", name);
			return 98;
		}
	}
	return 0;
}
