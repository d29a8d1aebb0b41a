/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What is said over sockets, where it is DNS, HTTP or the beginning of SSH. */
#ifndef HULLWATCH_PAYLOAD_BPF_H
#define HULLWATCH_PAYLOAD_BPF_H

#define DNS_PORT 53
/* A header of DNS; less than that cannot be a question or an answer. */
#define MIN_DNS_BYTES 12
/* Neither a request nor a banner is as short as this. */
#define MIN_TEXT_BYTES 8
#define MAX_PARTS 16
#define NO_TYPE EVENT_INDEX_CAPACITY

/* One buffer (`parts` is 0), or a vector of them, in the program's memory. */
struct transfer {
	struct sock *sock;
	const void *buffer;
	__u64 parts;
	const void *address; /* that it was sent to or came from; null when the call gives none */
	__u64 length;        /* bytes in all */
	__u32 is_inbound;
	__u32 reserved;
};

static __always_inline bool is_http_answer(__u64 head)
{
	return HAS_LETTERS(head, "HTTP/1. ", 7);
}

static __always_inline bool is_http(__u64 head)
{
	return HAS_LETTERS(head, "GET     ", 4) || HAS_LETTERS(head, "POST    ", 5) ||
	       is_http_answer(head) || HAS_LETTERS(head, "PUT     ", 4) ||
	       HAS_LETTERS(head, "HEAD    ", 5) || HAS_LETTERS(head, "DELETE  ", 7) ||
	       HAS_LETTERS(head, "PATCH   ", 6) || HAS_LETTERS(head, "OPTIONS ", 8) ||
	       HAS_LETTERS(head, "CONNECT ", 8) || HAS_LETTERS(head, "TRACE   ", 6);
}

static __always_inline __u32 classify(const struct socket_ends *ends, const struct transfer *transfer,
				      __u64 head)
{
	if (ends->remote_port == DNS_PORT || ends->local_port == DNS_PORT)
		return transfer->length >= MIN_DNS_BYTES ? EVENT_DNS : NO_TYPE;
	if (ends->protocol != IPPROTO_TCP)
		return NO_TYPE;
	if (HAS_LETTERS(head, "SSH-    ", 4))
		return EVENT_SSH;
	return is_http(head) ? EVENT_HTTP : NO_TYPE;
}

static __always_inline bool read_part(const struct transfer *transfer, __u32 index, struct iovec *part)
{
	part->iov_base = (void *)transfer->buffer;
	part->iov_len = transfer->length;
	if (transfer->parts == 0)
		return index == 0;
	return index < transfer->parts &&
	       !bpf_probe_read_user(part, sizeof(*part), (const struct iovec *)transfer->buffer + index);
}

/* The first eight bytes; 0 when they are not in one piece, which no known program's are. */
static __always_inline __u64 read_head(const struct transfer *transfer)
{
	struct iovec part;
	__u64 head = 0;

	if (!read_part(transfer, 0, &part) || part.iov_len < sizeof(head))
		return 0;
	bpf_probe_read_user(&head, sizeof(head), part.iov_base);
	return head;
}

/* `captured` is in the record and not on the stack for the reason that struct path_buffer gives. */
static long capture_part(__u32 index, const struct transfer **at)
{
	const struct transfer *transfer = *at;
	struct workbench *bench = cpu_workbench();
	struct iovec part;
	__u32 used, size;
	__u64 left;

	if (!bench)
		return 1;
	used = bench->payload.record.captured;
	left = transfer->length - used;
	if (used >= PAYLOAD_CAPACITY || left == 0 || !read_part(transfer, index, &part))
		return 1;
	if (left > PAYLOAD_CAPACITY - used)
		left = PAYLOAD_CAPACITY - used;
	size = part.iov_len < left ? part.iov_len : left;
	size &= 2 * PAYLOAD_CAPACITY - 1;
	if (size > PAYLOAD_CAPACITY)
		return 1;
	if (bpf_probe_read_user(bench->payload.data + (used & (PAYLOAD_CAPACITY - 1)), size, part.iov_base))
		return 1;
	bench->payload.record.captured = used + size;
	return 0;
}

static __always_inline __u64 socket_number(struct sock *sock)
{
	return BPF_CORE_READ(sock, sk_socket, file, f_inode, i_ino);
}

/* Fills in the record on the workbench but for what all events have. */
static __always_inline void read_payload(struct workbench *bench, const struct transfer *transfer,
					 const struct socket_ends *ends)
{
	struct payload_record *record = &bench->payload.record;

	record->ends = *ends;
	record->exchange = 0;
	record->length = transfer->length;
	record->reserved = 0;
	record->captured = 0;
	if (transfer->is_inbound)
		record->event.record.flags |= EVENT_INBOUND;
	bpf_loop(MAX_PARTS, capture_part, &transfer, 0);
}

static __always_inline bool send_captured(struct workbench *bench, const struct subject *subject)
{
	const struct payload_record *record = &bench->payload.record;

	return send_event(bench, subject, sizeof(*record) + (record->captured & (2 * PAYLOAD_CAPACITY - 1)));
}

static __always_inline int send_payload(const struct subject *subject, const struct transfer *transfer,
					const struct socket_ends *ends, __u32 type)
{
	struct workbench *bench = begin_event(subject, type);

	if (!bench)
		return 0;
	read_payload(bench, transfer, ends);
	bench->payload.record.exchange = socket_number(transfer->sock);
	send_captured(bench, subject);
	return 0;
}

#endif
