/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * HTTP: which request an answer is for, and what is said again and again. A request is left out when one with the
 * same bytes was told; an answer, when one of the same status to such a request was. Each answer that is told names the
 * event that told its request, be it another one with the same bytes, if no other request waited over that socket: of
 * several nobody knows which is answered.
 */
#ifndef HULLWATCH_HTTP_BPF_H
#define HULLWATCH_HTTP_BPF_H

/* Of an answer nobody reads more than the beginning of its first line. */
#define ANSWER_BYTES 16
#define STATUS_AT (sizeof("HTTP/1.1 ") - 1)
#define STATUS_END (STATUS_AT + 3)
/* What is hashed of a payload_record: the ends and all that follows. */
#define HASHED_HEAD (sizeof(struct payload_record) - offsetof(struct payload_record, ends))
#define HASHED_AT_ONCE 64
#define MAX_HASHED_PARTS ((HASHED_HEAD + PAYLOAD_CAPACITY) / HASHED_AT_ONCE + 1)

/* Requests that wait for their answers, by request_key. */
struct asked_request {
	__u64 hash; /* of the one that waits; 0 when there are several */
	__u64 seq;  /* of the event that told it, or the like of it; 0: none did, or there are several */
	__u32 waiting;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct asked_request);
} asked_requests SEC(".maps");

/* The socket, and the direction of the request: what has the looks of an answer and goes the same way is none. */
static __always_inline __u64 request_key(const struct transfer *transfer, bool is_answer)
{
	bool is_asked_here = !transfer->is_inbound != is_answer;

	return socket_number(transfer->sock) << 1 | is_asked_here;
}

/*
 * False, and all zeros, when nothing is known. The place may become another one's while it is read: then it is no more
 * found by this key afterwards.
 */
static __always_inline bool find_asked(__u64 key, struct asked_request *asked)
{
	struct asked_request *there = bpf_map_lookup_elem(&asked_requests, &key);

	if (there) {
		*asked = *there;
		barrier();
		if (bpf_map_lookup_elem(&asked_requests, &key) == there)
			return true;
	}
	__builtin_memset(asked, 0, sizeof(*asked));
	return false;
}

/* 0 when it is not known any more; its place may become another one's as well. */
static __always_inline __u64 seq_of_told(const struct told_value *value, const struct told_key *key)
{
	__u64 seq = value->seq;

	barrier();
	return bpf_map_lookup_elem(&told, key) == value ? seq : 0;
}

static __always_inline void note_request(const struct transfer *transfer, __u64 hash, __u64 seq)
{
	__u64 key = request_key(transfer, false);
	struct asked_request asked;

	find_asked(key, &asked);
	asked.hash = asked.waiting == 0 ? hash : 0;
	asked.seq = asked.waiting == 0 ? seq : 0;
	asked.waiting++;
	bpf_map_update_elem(&asked_requests, &key, &asked, BPF_ANY);
}

/* Fills in the request that the answer is for; all zeros when it is not known. */
static __always_inline void settle_answer(const struct transfer *transfer, bool is_last, struct asked_request *asked)
{
	__u64 key = request_key(transfer, true);
	struct asked_request left = {};

	if (!find_asked(key, asked) || !is_last)
		return;
	left.waiting = asked->waiting - 1;
	if (left.waiting == 0)
		bpf_map_delete_elem(&asked_requests, &key);
	else
		bpf_map_update_elem(&asked_requests, &key, &left, BPF_ANY);
}

static long hash_part(__u32 index, struct text_hash *hash)
{
	struct workbench *bench = cpu_workbench();
	__u32 from = (index * HASHED_AT_ONCE) & (2 * PAYLOAD_CAPACITY - 1);
	const __u64 *words;

	if (!bench)
		return 1;
	words = (const void *)&bench->payload.record.ends + from;
	for (__u32 i = 0; i < HASHED_AT_ONCE / sizeof(*words); i++)
		add_word(hash, words[i]);
	return 0;
}

/* A number that stands for what is on the workbench: both ends, the length and the bytes. */
static __always_inline __u64 hash_payload(struct workbench *bench)
{
	__u32 captured = bench->payload.record.captured & (2 * PAYLOAD_CAPACITY - 1);
	__u32 size = HASHED_HEAD + captured;
	struct text_hash hash;

	/* The last part is filled up. */
	__builtin_memset(bench->payload.data + captured, 0, HASHED_AT_ONCE);
	begin_hash(&hash);
	bpf_loop(size / HASHED_AT_ONCE + 1, hash_part, &hash, 0);
	return end_hash(&hash, size);
}

/* Whether an answer that begins like this is its request's last (RFC 9110 15.2); after 101 it is no HTTP any more. */
static __always_inline bool is_last_answer(const char *beginning)
{
	const char *status = beginning + STATUS_AT;

	if (status[0] == '1')
		return status[1] == '0' && status[2] == '1';
	return status[0] >= '2' && status[0] <= '5';
}

/* Keeps the account of what waits, of a message that is not told. */
static __noinline int pass_over(const struct transfer *transfer, bool is_answer)
{
	char beginning[ANSWER_BYTES] = {};
	struct asked_request asked;
	struct iovec part;

	if (!is_answer) {
		note_request(transfer, 0, 0);
		return 0;
	}
	if (transfer->length >= STATUS_END && read_part(transfer, 0, &part) && part.iov_len >= STATUS_END)
		bpf_probe_read_user(beginning, STATUS_END, part.iov_base);
	settle_answer(transfer, is_last_answer(beginning), &asked);
	return 0;
}

/* Puts the message on the workbench, and finds out what it is like; the client's port is another one each time. */
static __always_inline void describe_message(struct workbench *bench, struct told_key *key,
					     const struct transfer *transfer, const struct socket_ends *ends,
					     bool is_answer)
{
	struct payload_record *record = &bench->payload.record;
	bool is_server_here = !transfer->is_inbound == is_answer;

	read_payload(bench, transfer, ends);
	if (settings.http_dedup_ns == 0)
		return;
	if (is_server_here)
		record->ends.remote_port = 0;
	else
		record->ends.local_port = 0;
	/* What differs between two answers otherwise, such as their dates, is not read. */
	if (is_answer)
		record->length = 0;
	key->what[0] = hash_payload(bench);
	key->what[2] = transfer->is_inbound | (__u64)is_answer << 1;
	record->ends.remote_port = ends->remote_port;
	record->ends.local_port = ends->local_port;
	record->length = transfer->length;
}

static __always_inline __u64 send_message(struct workbench *bench, const struct subject *subject,
					  const struct sighting *sighting)
{
	__u64 seq;

	number_event(bench, subject, EVENT_HTTP);
	seq = bench->event.seq;
	if (!send_captured(bench, subject))
		return 0;
	if (settings.http_dedup_ns != 0)
		remember_told(sighting, seq, false);
	return seq;
}

static __noinline int report_request(const struct subject *subject, const struct transfer *transfer,
				     const struct socket_ends *ends)
{
	struct workbench *bench = take_workbench(subject, EVENT_HTTP);
	struct sighting sighting = {};
	struct told_value *known;
	__u64 seq;

	if (!bench)
		return pass_over(transfer, false);
	begin_sighting(&sighting, subject, EVENT_HTTP);
	describe_message(bench, &sighting.key, transfer, ends, false);
	known = find_told(&sighting, settings.http_dedup_ns);
	if (known) {
		give_back(bench);
		seq = seq_of_told(known, &sighting.key);
	} else {
		seq = send_message(bench, subject, &sighting);
	}
	note_request(transfer, sighting.key.what[0], seq);
	return 0;
}

static __noinline int report_answer(const struct subject *subject, const struct transfer *transfer,
				    const struct socket_ends *ends)
{
	struct workbench *bench = take_workbench(subject, EVENT_HTTP);
	struct transfer beginning = *transfer;
	struct asked_request asked;
	struct sighting sighting = {};
	bool is_last;

	if (!bench)
		return pass_over(transfer, true);
	if (beginning.length > ANSWER_BYTES)
		beginning.length = ANSWER_BYTES;
	begin_sighting(&sighting, subject, EVENT_HTTP);
	describe_message(bench, &sighting.key, &beginning, ends, true);
	/* What has no status is no answer. */
	is_last = bench->payload.record.captured >= STATUS_END && is_last_answer(bench->payload.data);
	settle_answer(transfer, is_last, &asked);
	sighting.key.what[1] = asked.hash;
	/* One without its request's fields is no reason to be silent about the next with them. */
	sighting.key.what[3] = asked.seq != 0;
	if (find_told(&sighting, settings.http_dedup_ns)) {
		give_back(bench);
		return 0;
	}
	bench->payload.record.length = transfer->length;
	bench->payload.record.exchange = asked.seq;
	send_message(bench, subject, &sighting);
	return 0;
}

static __noinline int report_payload(const struct subject *subject, const struct transfer *transfer,
				     const struct socket_ends *ends)
{
	__u64 head;
	__u32 type;

	if (transfer->length < MIN_TEXT_BYTES)
		return 0;
	head = read_head(transfer);
	type = classify(ends, transfer, head);
	if (type == NO_TYPE)
		return 0;
	if (!is_wanted(subject, type))
		return type == EVENT_HTTP ? pass_over(transfer, is_http_answer(head)) : 0;
	if (type != EVENT_HTTP)
		return send_payload(subject, transfer, ends, type);
	return is_http_answer(head) ? report_answer(subject, transfer, ends) : report_request(subject, transfer, ends);
}

#endif
