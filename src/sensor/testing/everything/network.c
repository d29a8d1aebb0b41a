/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts on the network, each from a port of its own that the command line names. What is said is said by one
 * of the ways that programs have for it: `write` (answered by read), `writev` (readv), `send` (recv),
 * `sendto` (recvfrom, not connected), `sendmsg` (recvmsg), `sendmmsg` (recvmmsg).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "words.h"

#define BUFFER_SIZE 4096

struct place {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	socklen_t size;
};

static struct place place_of(const char *address, int port)
{
	struct place place = { .size = sizeof(struct sockaddr_in) };

	if (strchr(address, ':')) {
		place.size = sizeof(struct sockaddr_in6);
		place.at.v6.sin6_family = AF_INET6;
		place.at.v6.sin6_port = htons(port);
		must(inet_pton(AF_INET6, address, &place.at.v6.sin6_addr) != 1, address);
	} else {
		place.at.v4.sin_family = AF_INET;
		place.at.v4.sin_port = htons(port);
		must(inet_pton(AF_INET, address, &place.at.v4.sin_addr) != 1, address);
	}
	return place;
}

static struct place next_place(void)
{
	const char *address = word();

	return place_of(address, number());
}

/* A socket that speaks from this port, at any address of the family. */
static int socket_from(const struct place *family_of, int type, int port)
{
	int family = family_of->at.any.sa_family, on = 1;
	struct place own = place_of(family == AF_INET6 ? "::" : "0.0.0.0", port);
	int fd = socket(family, type, 0);

	must(fd < 0, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(bind(fd, &own.at.any, own.size), "bind");
	return fd;
}

/* A message in one piece, or in two when `split` is not 0 and the way can: the first `split` bytes, and the rest. */
struct message {
	const char *way;
	char *bytes;
	size_t size;
	size_t split;
	struct place *to;
};

static struct msghdr header_of(const struct message *message, struct iovec *pieces)
{
	size_t first = message->split ? message->split : message->size;

	pieces[0] = (struct iovec){ message->bytes, first };
	pieces[1] = (struct iovec){ message->bytes + first, message->size - first };
	return (struct msghdr){
		.msg_name = message->to ? &message->to->at : NULL,
		.msg_namelen = message->to ? message->to->size : 0,
		.msg_iov = pieces,
		.msg_iovlen = first < message->size ? 2 : 1,
	};
}

static void say(int fd, const struct message *message)
{
	const char *name = message->way;
	struct iovec pieces[2];
	struct mmsghdr many = { .msg_hdr = header_of(message, pieces) };
	ssize_t size = -1;

	if (IS("write"))
		size = write(fd, message->bytes, message->size);
	else if (IS("writev"))
		size = writev(fd, pieces, many.msg_hdr.msg_iovlen);
	else if (IS("send"))
		size = send(fd, message->bytes, message->size, 0);
	else if (IS("sendto"))
		size = sendto(fd, message->bytes, message->size, 0, &message->to->at.any, message->to->size);
	else if (IS("sendmsg"))
		size = sendmsg(fd, &many.msg_hdr, 0);
	else if (IS("sendmmsg"))
		size = sendmmsg(fd, &many, 1, 0) == 1 ? (ssize_t)many.msg_len : -1;
	must(size != (ssize_t)message->size, name);
}

/* What was said to us, by the way that answers `way`. */
static size_t hear(int fd, const char *way, char *buffer)
{
	const char *name = way;
	struct iovec whole = { buffer, BUFFER_SIZE };
	struct place from = { .size = sizeof(from.at) };
	struct mmsghdr many = {
		.msg_hdr = {
			.msg_name = &from.at,
			.msg_namelen = sizeof(from.at),
			.msg_iov = &whole,
			.msg_iovlen = 1,
		},
	};
	ssize_t size = -1;

	if (IS("write")) {
		size = read(fd, buffer, BUFFER_SIZE);
	} else if (IS("writev")) {
		size = readv(fd, &whole, 1);
	} else if (IS("send")) {
		size = recv(fd, buffer, BUFFER_SIZE, 0);
	} else if (IS("sendto")) {
		size = recvfrom(fd, buffer, BUFFER_SIZE, 0, &from.at.any, &from.size);
	} else if (IS("sendmsg")) {
		size = recvmsg(fd, &many.msg_hdr, 0);
	} else if (IS("sendmmsg")) {
		size = recvmmsg(fd, &many, 1, 0, NULL) == 1 ? (ssize_t)many.msg_len : -1;
	}
	must(size <= 0, name);
	return size;
}

/* A question for the addresses of a name. */
static size_t question(char *bytes, const char *name)
{
	static const char HEAD[12] = { 0x12, 0x34, 1, 0, 0, 1 };
	static const char TAIL[5] = { 0, 0, 1, 0, 1 };
	size_t used = sizeof(HEAD);

	memcpy(bytes, HEAD, sizeof(HEAD));
	while (*name) {
		size_t length = strcspn(name, ".");

		bytes[used++] = length;
		memcpy(bytes + used, name, length);
		used += length;
		name += length + (name[length] == '.');
	}
	memcpy(bytes + used, TAIL, sizeof(TAIL));
	return used + sizeof(TAIL);
}

static int is_connected_way(const char *name)
{
	return IS("write") || IS("writev") || IS("send");
}

/* dns WAY ADDRESS PORT SOURCE-PORT NAME */
static void ask_over_udp(void)
{
	const char *way = word();
	struct place server = next_place();
	int fd = socket_from(&server, SOCK_DGRAM, number());
	char buffer[BUFFER_SIZE];
	struct message message = { .way = way, .bytes = buffer, .to = &server };

	if (is_connected_way(way)) {
		message.to = NULL;
		must(connect(fd, &server.at.any, server.size), "connect");
	}
	message.size = question(buffer, word());
	say(fd, &message);
	hear(fd, way, buffer);
	close(fd);
}

/*
 * dns-tcp WAY ADDRESS PORT SOURCE-PORT NAME. The C libraries give the length and the question in two pieces, and
 * read the length of the answer before the answer: so do we when the way is writev.
 */
static void ask_over_tcp(void)
{
	const char *way = word();
	struct place server = next_place();
	int fd = socket_from(&server, SOCK_STREAM, number());
	char buffer[BUFFER_SIZE];
	size_t size = question(buffer + 2, word());
	struct message message = { .way = way, .bytes = buffer, .size = size + 2, .split = 2 };

	buffer[0] = size >> 8;
	buffer[1] = size;
	must(connect(fd, &server.at.any, server.size), "connect");
	say(fd, &message);
	if (strcmp(way, "writev") == 0)
		must(read(fd, buffer, 2) != 2, "read");
	hear(fd, way, buffer);
	close(fd);
}

/* `\n` and `\r` in a word of the command line become the characters. */
static size_t unescape(char *bytes, const char *text)
{
	size_t used = 0;

	for (; *text && used < BUFFER_SIZE; text++) {
		char c = *text;

		if (c == '\\' && (text[1] == 'n' || text[1] == 'r'))
			c = *++text == 'n' ? '\n' : '\r';
		bytes[used++] = c;
	}
	return used;
}

static void say_text(int fd, const char *way, const char *text)
{
	char buffer[BUFFER_SIZE];
	struct message message = { .way = way, .bytes = buffer, .size = unescape(buffer, text) };

	say(fd, &message);
}

/* talk WAY ADDRESS PORT SOURCE-PORT TEXT: connects, says it and hears the answer. */
static void talk(void)
{
	const char *way = word();
	struct place server = next_place();
	int fd = socket_from(&server, SOCK_STREAM, number());
	char buffer[BUFFER_SIZE];

	must(connect(fd, &server.at.any, server.size), "connect");
	say_text(fd, way, word());
	hear(fd, way, buffer);
	close(fd);
}

static int listen_at(const struct place *place)
{
	int on = 1, fd = socket(place->at.any.sa_family, SOCK_STREAM, 0);

	must(fd < 0, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(bind(fd, &place->at.any, place->size) || listen(fd, 8), "listen");
	return fd;
}

/* answer WAY ADDRESS PORT TEXT: waits for one connection, hears what is said there and answers. */
static void answer(void)
{
	const char *way = word();
	struct place own = next_place();
	int listener = listen_at(&own);
	int fd = accept4(listener, NULL, NULL, 0);
	char buffer[BUFFER_SIZE];

	must(fd < 0, "accept4");
	hear(fd, way, buffer);
	say_text(fd, way, word());
	close(fd);
	close(listener);
}

/* connect ADDRESS PORT SOURCE-PORT; a refusal is an act too. */
static void connect_only(int type)
{
	struct place server = next_place();
	int fd = socket_from(&server, type, number());

	connect(fd, &server.at.any, server.size);
	close(fd);
}

/* loop-connect ADDRESS PORT SOURCE-PORT: to a socket of our own, and accepts. */
static void connect_to_self(void)
{
	struct place own = next_place();
	int listener = listen_at(&own);
	int fd = socket_from(&own, SOCK_STREAM, number());
	int accepted;

	must(connect(fd, &own.at.any, own.size), "connect");
	accepted = accept(listener, NULL, NULL);
	must(accepted < 0, "accept");
	close(accepted);
	close(fd);
	close(listener);
}

/* loop-talk WAY ADDRESS PORT SOURCE-PORT QUESTION ANSWER: both sides of it. */
static void talk_to_self(void)
{
	const char *way = word();
	struct place own = next_place();
	int listener = listen_at(&own);
	int fd = socket_from(&own, SOCK_STREAM, number());
	char buffer[BUFFER_SIZE];
	int accepted;

	must(connect(fd, &own.at.any, own.size), "connect");
	accepted = accept(listener, NULL, NULL);
	must(accepted < 0, "accept");
	say_text(fd, way, word());
	hear(accepted, way, buffer);
	say_text(accepted, way, word());
	hear(fd, way, buffer);
	close(accepted);
	close(fd);
	close(listener);
}

/* udp WAY ADDRESS PORT SOURCE-PORT TEXT: a datagram that nobody answers. */
static void send_datagram(void)
{
	const char *way = word();
	struct place peer = next_place();
	int fd = socket_from(&peer, SOCK_DGRAM, number());
	char buffer[BUFFER_SIZE];
	struct message message = { .way = way, .bytes = buffer, .to = &peer };

	message.size = unescape(buffer, word());
	say(fd, &message);
	close(fd);
}

/*
 * dns-ask WAY ADDRESS PORT SOURCE-PORT NAME: as dns, but waits for an answer for a second at most.
 */
static void ask_nobody(void)
{
	const char *way = word();
	struct place server = next_place();
	int fd = socket_from(&server, SOCK_DGRAM, number());
	struct timeval second = { .tv_sec = 1 };
	struct place from = { .size = sizeof(from.at) };
	char buffer[BUFFER_SIZE];
	struct message message = { .way = way, .bytes = buffer, .to = &server };

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
	message.size = question(buffer, word());
	say(fd, &message);
	recvfrom(fd, buffer, BUFFER_SIZE, 0, &from.at.any, &from.size);
	close(fd);
}

/* try-connect ADDRESS PORT: does not wait until somebody answers, or nobody does. */
static void try_connect(void)
{
	struct place server = next_place();
	int fd = socket(server.at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	must(fd < 0, "socket");
	connect(fd, &server.at.any, server.size);
	close(fd);
}

/* bind ADDRESS PORT */
static void bind_only(void)
{
	struct place own = next_place();
	int fd = socket(own.at.any.sa_family, SOCK_STREAM, 0);

	must(fd < 0 || bind(fd, &own.at.any, own.size), "bind");
	close(fd);
}

int act_on_network(const char *name)
{
	if (IS("dns"))
		ask_over_udp();
	else if (IS("dns-tcp"))
		ask_over_tcp();
	else if (IS("talk"))
		talk();
	else if (IS("answer"))
		answer();
	else if (IS("connect"))
		connect_only(SOCK_STREAM);
	else if (IS("connect-udp"))
		connect_only(SOCK_DGRAM);
	else if (IS("loop-connect"))
		connect_to_self();
	else if (IS("loop-talk"))
		talk_to_self();
	else if (IS("udp"))
		send_datagram();
	else if (IS("bind"))
		bind_only();
	else if (IS("dns-ask"))
		ask_nobody();
	else if (IS("try-connect"))
		try_connect();
	else
		return 0;
	return 1;
}
