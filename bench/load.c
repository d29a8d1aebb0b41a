/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load mix of bench/load.ts. Static, so that nothing happens that was not asked for.
 *
 *   load serve               HTTP on port 8080, connections on 9000, names on 53, until it is killed
 *   load run SERVER CPU-MS   every second, in ten parts: 1,000 opens of 1,000 files, 100 HTTP requests on connections
 *                            of their own, 10 programs, 10 other connections, 10 symbolic and 10 hard links, 2 DNS
 *                            questions, and CPU-MS milliseconds of computing. Says each second what was done so far.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FOLDER "/tmp/load"
#define FILES 1000
#define PARTS 10
#define HTTP_PORT 8080
#define OTHER_PORT 9000
#define DNS_PORT 53

static struct {
	long opens, http, execs, network, symlinks, hardlinks, dns;
} done;

static void must(int failed, const char *what)
{
	if (!failed)
		return;
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static const char *path_of(const char *kind, long number)
{
	static char paths[2][64];
	static int which;
	char *path = paths[which ^= 1];

	snprintf(path, sizeof(paths[0]), FOLDER "/%s-%06ld", kind, number);
	return path;
}

static struct sockaddr_in at(const char *address, int port)
{
	struct sockaddr_in place = { .sin_family = AF_INET, .sin_port = htons(port) };

	must(inet_pton(AF_INET, address, &place.sin_addr) != 1, address);
	return place;
}

static int connect_to(const char *server, int port)
{
	struct sockaddr_in place = at(server, port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd < 0, "socket");
	if (!connect(fd, (struct sockaddr *)&place, sizeof(place)))
		return fd;
	close(fd);
	return -1;
}

static void open_files(void)
{
	for (int i = 0; i < 1000 / PARTS; i++, done.opens++) {
		int fd = open(path_of("file", done.opens % FILES), O_RDONLY);

		if (fd >= 0)
			close(fd);
	}
}

static void request(const char *server)
{
	static const char *const PATHS[] = { "/", "/cart", "/orders", "/style.css" };
	char text[256];
	int fd = connect_to(server, HTTP_PORT);
	int size = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: load\r\n\r\n",
			    PATHS[done.http % 4]);

	if (fd < 0)
		return;
	if (write(fd, text, size) == size && read(fd, text, sizeof(text)) > 0)
		done.http++;
	close(fd);
}

static void run_program(void)
{
	static char *const PROGRAM[] = { "/bin/true", NULL };
	pid_t child = fork();

	if (child == 0) {
		execv(PROGRAM[0], PROGRAM);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	done.execs++;
}

static void make_links(void)
{
	const char *soft = path_of("soft", done.symlinks);

	must(symlink("/etc/passwd", soft), "symlink");
	unlink(soft);
	done.symlinks++;
	must(link(path_of("file", 0), path_of("hard", done.hardlinks)), "link");
	unlink(path_of("hard", done.hardlinks));
	done.hardlinks++;
}

static void ask_name(const char *server)
{
	static const char QUESTION[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\4shop\4test\0\0\1\0\1";
	struct sockaddr_in place = at(server, DNS_PORT);
	struct timeval second = { .tv_sec = 1 };
	char answer[512];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	if (sendto(fd, QUESTION, sizeof(QUESTION) - 1, 0, (struct sockaddr *)&place, sizeof(place)) > 0 &&
	    recv(fd, answer, sizeof(answer), 0) > 0)
		done.dns++;
	close(fd);
}

static void compute_until(long end_us)
{
	volatile unsigned long value = 1;

	while (now_us() < end_us)
		for (int i = 0; i < 1000; i++)
			value = value * 6364136223846793005UL + 1;
}

static void do_part(const char *server, int part, long cpu_us)
{
	open_files();
	for (int i = 0; i < 100 / PARTS; i++)
		request(server);
	run_program();
	close(connect_to(server, OTHER_PORT));
	done.network++;
	make_links();
	if (part % 5 == 0)
		ask_name(server);
	compute_until(now_us() + cpu_us / PARTS);
}

static void run(const char *server, long cpu_ms)
{
	long next_us;
	int fd;

	must(mkdir(FOLDER, 0755) && errno != EEXIST, FOLDER);
	for (int i = 0; i < FILES; i++)
		must(mknod(path_of("file", i), S_IFREG | 0644, 0) && errno != EEXIST, "mknod");
	while ((fd = connect_to(server, HTTP_PORT)) < 0)
		usleep(100 * 1000);
	close(fd);
	next_us = now_us();
	for (int part = 0;; part = (part + 1) % PARTS) {
		long left_us;

		do_part(server, part, cpu_ms * 1000);
		if (part == PARTS - 1) {
			printf("{\"open\":%ld,\"http\":%ld,\"exec\":%ld,\"network\":%ld,\"symlink\":%ld,"
			       "\"hardlink\":%ld,\"dns\":%ld}\n",
			       done.opens, done.http, done.execs, done.network, done.symlinks, done.hardlinks,
			       done.dns);
			fflush(stdout);
		}
		next_us += 1000000 / PARTS;
		left_us = next_us - now_us();
		if (left_us > 0)
			usleep(left_us);
		else
			next_us = now_us();
	}
}

static int listen_on(int port)
{
	struct sockaddr_in place = at("0.0.0.0", port);
	int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(bind(fd, (struct sockaddr *)&place, sizeof(place)) || listen(fd, 128), "listen");
	return fd;
}

static void answer_request(int listener)
{
	static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	char text[1024];
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text)) > 0 && write(fd, ANSWER, sizeof(ANSWER) - 1) < 0)
		fprintf(stderr, "load: %s\n", strerror(errno));
	close(fd);
}

/* The question again, and one address. */
static void answer_name(int fd)
{
	static const char RECORD[] = "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc0\0\2\1";
	char text[512];
	struct sockaddr_in guest;
	socklen_t guest_size = sizeof(guest);
	ssize_t size = recvfrom(fd, text, 256, 0, (struct sockaddr *)&guest, &guest_size);

	if (size < 12)
		return;
	text[2] = (char)0x81;
	text[3] = (char)0x80;
	text[7] = 1;
	memcpy(text + size, RECORD, sizeof(RECORD) - 1);
	sendto(fd, text, size + sizeof(RECORD) - 1, 0, (struct sockaddr *)&guest, guest_size);
}

static void serve(void)
{
	struct sockaddr_in names = at("0.0.0.0", DNS_PORT);
	int dns = socket(AF_INET, SOCK_DGRAM, 0);
	struct pollfd watched[] = {
		{ .fd = listen_on(HTTP_PORT), .events = POLLIN },
		{ .fd = listen_on(OTHER_PORT), .events = POLLIN },
		{ .fd = dns, .events = POLLIN },
	};

	must(bind(dns, (struct sockaddr *)&names, sizeof(names)), "bind");
	for (;;) {
		must(poll(watched, 3, -1) < 0, "poll");
		if (watched[0].revents)
			answer_request(watched[0].fd);
		if (watched[1].revents)
			close(accept(watched[1].fd, NULL, NULL));
		if (watched[2].revents)
			answer_name(dns);
	}
}

int main(int count, char **arguments)
{
	signal(SIGPIPE, SIG_IGN);
	if (count == 2 && strcmp(arguments[1], "serve") == 0)
		serve();
	if (count == 4 && strcmp(arguments[1], "run") == 0)
		run(arguments[2], atol(arguments[3]));
	fprintf(stderr, "usage: load serve | load run SERVER CPU-MS\n");
	return 2;
}
