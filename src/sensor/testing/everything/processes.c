/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on processes: forks, executions, namespaces, tracing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "words.h"

static void execute(char **program)
{
	execve(program[0], program, environ);
	must(1, program[0]);
}

static void run(char **program)
{
	pid_t child = fork();

	if (child == 0)
		execute(program);
	wait_for(child);
}

/* Executes a copy of this program, or of any other, from a file without a name. */
static void run_from_memory(const char *name, const char *copy_of, char **arguments)
{
	char buffer[65536];
	/* A script's interpreter would need it still open; a program does not. */
	int target = memfd_create(name, MFD_CLOEXEC);
	int source = open(copy_of, O_RDONLY);
	pid_t child;
	ssize_t size;

	must(target < 0 || source < 0, copy_of);
	while ((size = read(source, buffer, sizeof(buffer))) > 0)
		must(write(target, buffer, size) != size, "memfd");
	close(source);
	child = fork();
	if (child == 0) {
		syscall(SYS_execveat, target, "", arguments, environ, AT_EMPTY_PATH);
		must(1, "memfd");
	}
	wait_for(child);
	close(target);
}

/* In a new session with a new terminal. */
static void run_with_tty(char **program)
{
	int unlock = 0, number = 0;
	int leader = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
	pid_t child;

	must(leader < 0, "/dev/pts/ptmx");
	must(ioctl(leader, TIOCSPTLCK, &unlock) || ioctl(leader, TIOCGPTN, &number), "terminal");
	child = fork();
	if (child == 0) {
		int terminal = ioctl(leader, TIOCGPTPEER, O_RDWR | O_NOCTTY);

		must(terminal < 0 || setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0), "terminal");
		execute(program);
	}
	wait_for(child);
	close(leader);
}

static void end_child(int code, int signal_number)
{
	pid_t child = fork();

	if (child == 0) {
		if (signal_number)
			kill(getpid(), signal_number);
		_exit(code);
	}
	wait_for(child);
}

/* A child lets itself be traced, and then another one is taken hold of. */
static void trace(int is_attach)
{
	pid_t child = fork();

	if (child == 0) {
		if (!is_attach)
			ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		else
			pause();
		_exit(0);
	}
	if (is_attach) {
		must(ptrace(PTRACE_ATTACH, child, NULL, NULL), "ptrace");
		waitpid(child, NULL, 0);
		ptrace(PTRACE_DETACH, child, NULL, NULL);
		kill(child, SIGKILL);
	}
	wait_for(child);
}

/* In a child, which keeps this process where it is. May be refused, which is an act as well. */
static void unshare_it(int flags)
{
	pid_t child = fork();

	if (child == 0) {
		unshare(flags);
		_exit(0);
	}
	wait_for(child);
}

static void enter(const char *path, int flags)
{
	pid_t child = fork();

	if (child == 0) {
		int fd = open(path, O_RDONLY);

		must(fd < 0, path);
		setns(fd, flags);
		_exit(0);
	}
	wait_for(child);
}

/* Asks without opening anything. */
static void wait_for_file(const char *path)
{
	while (access(path, F_OK))
		usleep(20 * 1000);
}

/* times N PAUSE-MS ACT [ARGUMENT…] ; */
static void repeat(void)
{
	long times = number(), pause_ms = number();
	const char *name = word();
	char **arguments = words_to(";");

	for (long i = 0; i < times; i++) {
		perform(name, arguments);
		usleep(pause_ms * 1000);
	}
}

static int act_on_executions(const char *name)
{
	if (IS("run")) {
		run(words_to("end"));
	} else if (IS("become")) {
		execute(words_to("end"));
	} else if (IS("run-memfd")) {
		const char *label = word();
		const char *copy_of = word();

		run_from_memory(label, copy_of, words_to("end"));
	} else if (IS("run-tty")) {
		run_with_tty(words_to("end"));
	} else if (IS("env")) {
		must(putenv((char *)word()), name);
	} else {
		return 0;
	}
	return 1;
}

int act_on_processes(const char *name)
{
	if (act_on_executions(name))
		return 1;
	if (IS("fork")) {
		end_child(number(), 0);
	} else if (IS("fork-killed")) {
		end_child(0, number());
	} else if (IS("ptrace-traceme")) {
		trace(0);
	} else if (IS("ptrace-attach")) {
		trace(1);
	} else if (IS("unshare")) {
		unshare_it(number());
	} else if (IS("setns")) {
		const char *path = word();

		enter(path, number());
	} else if (IS("comm")) {
		must(prctl(PR_SET_NAME, word()), name);
	} else if (IS("wait")) {
		wait_for_file(word());
	} else if (IS("sleep-ms")) {
		usleep(number() * 1000);
	} else if (IS("times")) {
		repeat();
	} else if (IS("hold")) {
		for (;;)
			pause();
	} else if (IS("exit")) {
		_exit(number());
	} else {
		return 0;
	}
	return 1;
}
