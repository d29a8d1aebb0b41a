/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules look for, in the words of rule-acts.ts: `everything rule ACT [ARGUMENT…] ; ACT [ARGUMENT…]`. Programs are
 * run in a child, and what has a server's side is served by a child that ends after its first guest.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "words.h"

#define OWN_PROGRAM "/usr/bin/everything"

static void run_words(char **program)
{
	perform("run", program);
}

/* Copies this program to `path` and runs that with the words. */
static void run_copy(const char *path, char **words)
{
	char *arguments[64] = { (char *)path };

	perform("copy", (char *[]){ OWN_PROGRAM, (char *)path, NULL });
	if (words[0])
		arguments[1] = "rule";
	for (int i = 0; words[i] && i < 60; i++)
		arguments[i + 2] = words[i];
	run_words(arguments);
}

static void run_in(const char *folder, char **program)
{
	int child = fork();

	if (child == 0) {
		must(chdir(folder), folder);
		execve(program[0], program, environ);
		must(1, program[0]);
	}
	wait_for(child);
}

/* Through a descriptor that is open, not by a name of the file. */
static void run_descriptor(void)
{
	char path[32];
	int fd = open("/bin/true", O_RDONLY);

	must(fd < 0, "/bin/true");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	run_words((char *[]){ path, NULL });
	close(fd);
}

static void run_preloaded(const char *library, const char *seconds)
{
	char variable[256], milliseconds[32];

	snprintf(variable, sizeof(variable), "LD_PRELOAD=%s", library);
	snprintf(milliseconds, sizeof(milliseconds), "%d", atoi(seconds) * 1000);
	must(putenv(variable), variable);
	run_words((char *[]){ OWN_PROGRAM, "sleep-ms", milliseconds, NULL });
	unsetenv("LD_PRELOAD");
}

static void read_token(const char *path)
{
	char folder[256];

	for (const char *at = strchr(path + 1, '/'); at; at = strchr(at + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(at - path), path);
		perform("mkdir", (char *[]){ folder, NULL });
	}
	perform("make", (char *[]){ (char *)path, NULL });
	perform("open", (char *[]){ (char *)path, NULL });
}

static void use_capability(const char *name)
{
	if (IS("chown")) {
		perform("make", (char *[]){ "/tmp/owned", NULL });
		perform("chown", (char *[]){ "/tmp/owned", "1234", NULL });
	} else if (IS("sethostname")) {
		/* In namespaces of one's own it would be another user's; it may be refused. */
		syscall(SYS_sethostname, "host", 4);
	} else {
		must(1, name);
	}
}

/* A server in a child, for one guest, so that the acts after it can be the guest. */
static void serve_aside(const char *address, const char *port, const char *greeting)
{
	if (fork() == 0) {
		alarm(10);
		perform("answer", (char *[]){ "write", (char *)address, (char *)port, (char *)greeting, NULL });
		_exit(0);
	}
	usleep(100 * 1000);
}

static void talk_to(const char *address, const char *port, const char *text)
{
	perform("talk", (char *[]){ "write", (char *)address, (char *)port, "0", (char *)text, NULL });
}

static void get(const char *address, const char *port, const char *path)
{
	char request[512];

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\\r\\nHost: %s\\r\\n\\r\\n", path, address);
	talk_to(address, port, request);
}

static int rule_of_network(const char *name, char **words)
{
	if (IS("dns-sendto"))
		perform("dns-ask", (char *[]){ "sendto", words[0], "53", "0", words[1], NULL });
	else if (IS("dns-sendmmsg"))
		perform("dns-ask", (char *[]){ "sendmmsg", words[0], "53", "0", words[1], NULL });
	else if (IS("udp-send"))
		perform("udp", (char *[]){ "sendto", words[0], words[1], "0", "hello", NULL });
	else if (IS("connect4") || IS("connect6"))
		perform("try-connect", (char *[]){ words[0], words[1], NULL });
	else if (IS("ssh-serve"))
		serve_aside(words[0], words[1], "SSH-2.0-everything\\r\\n");
	else if (IS("ssh-connect"))
		talk_to(words[0], words[1], "SSH-2.0-everything\\r\\n");
	else if (IS("http-serve"))
		serve_aside(words[0], words[1], "HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n");
	else if (IS("http-get"))
		get(words[0], words[1], words[2]);
	else if (IS("accept"))
		perform("loop-connect", (char *[]){ words[0], words[1], "0", NULL });
	else
		return 0;
	return 1;
}

static int rule_of_programs(const char *name, char **words)
{
	char path[256];

	if (IS("exec")) {
		run_words(words);
	} else if (IS("exec-as")) {
		snprintf(path, sizeof(path), "/usr/bin/%s", words[0]);
		words[0] = path;
		run_words(words);
	} else if (IS("exec-in-shm")) {
		run_in("/dev/shm", (char *[]){ "/bin/true", NULL });
	} else if (IS("exec-from-shm") || IS("exec-from-mount")) {
		run_copy(words[0], words + 1);
	} else if (IS("drop-and-run")) {
		run_copy(words[0], words + 1);
	} else if (IS("memfd-exec")) {
		perform("run-memfd", (char *[]){ "evil", "/bin/true", "/bin/true", "end", NULL });
	} else if (IS("exec-from-proc-fd")) {
		run_descriptor();
	} else if (IS("ldpreload-exec")) {
		run_preloaded(words[0], words[1]);
	} else if (IS("tty-exec")) {
		perform("run-tty", words);
	} else {
		return 0;
	}
	return 1;
}

static int rule_of_kernel(const char *name, char **words)
{
	char milliseconds[32];

	if (IS("syscall")) {
		must(strcmp(words[0], "getcpu") != 0, words[0]);
		syscall(SYS_getcpu, NULL, NULL, NULL);
	} else if (IS("capability-use")) {
		use_capability(words[0]);
	} else if (IS("bpf-load")) {
		perform("bpf", (char *[]){ NULL });
	} else if (IS("kmod-init")) {
		perform("init-module", (char *[]){ NULL });
	} else if (IS("unshare-user")) {
		perform("unshare", (char *[]){ "0x10000000", NULL });
	} else if (IS("iouring-nop")) {
		perform("io-uring", (char *[]){ "0", "0", NULL });
	} else if (IS("randomx-round")) {
		snprintf(milliseconds, sizeof(milliseconds), "%d", atoi(words[0]) * 1000);
		perform("randomx", (char *[]){ milliseconds, NULL });
	} else if (IS("setns")) {
		perform("setns", (char *[]){ "/proc/self/ns/uts", "0x4000000", NULL });
	} else if (IS("mount-tmpfs")) {
		perform("mkdir", words);
		perform("mount", (char *[]){ "tmpfs", words[0], "tmpfs", "6", NULL });
	} else {
		return 0;
	}
	return 1;
}

static int rule_of_files(const char *name, char **words)
{
	if (IS("open-file"))
		perform("open", words);
	else if (IS("read-token"))
		read_token(words[0]);
	else if (IS("read-environ"))
		perform("open", (char *[]){ "/proc/self/environ", NULL });
	else if (IS("read-shadow"))
		perform("open", (char *[]){ "/etc/shadow", NULL });
	else if (IS("write-file"))
		perform("write-text", (char *[]){ words[0], "", NULL });
	else if (IS("symlink") || IS("hardlink")) {
		/* Again and again, where it was made before. */
		unlink(words[1]);
		perform(name, words);
	} else if (IS("fork"))
		perform("fork", (char *[]){ "0", NULL });
	else if (IS("exit"))
		perform("fork", words);
	else if (IS("ptrace-attach"))
		perform("ptrace-attach", words);
	else
		return 0;
	return 1;
}

/* All words of the command line that are left: acts with their arguments, parted by ";". */
int act_on_rules(const char *name)
{
	if (!IS("rule"))
		return 0;
	for (char **words = words_to(";"); words[0]; words = words_to(";")) {
		if (rule_of_files(words[0], words + 1) || rule_of_programs(words[0], words + 1) ||
		    rule_of_kernel(words[0], words + 1) || rule_of_network(words[0], words + 1))
			continue;
		fprintf(stderr, "everything: no such act of a rule: %s\n", words[0]);
		_exit(98);
	}
	return 1;
}
