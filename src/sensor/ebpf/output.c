/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "host.h"
#include "programs.h"
#include "records.h"

#define BATCH_BYTES (64 * 1024)
/* All programs with the longest reasons; a reader takes frames of up to 64 KB. */
#define JSON_BYTES (32 * 1024)

static unsigned char batch[BATCH_BYTES];
static size_t batch_size;
static bool is_closed;

bool is_output_closed(void)
{
	return is_closed;
}

/* Blocks while the reader is slow: what does not fit into the ring buffer meanwhile is counted there. */
static void write_whole(const unsigned char *bytes, size_t size)
{
	while (size > 0 && !is_closed) {
		ssize_t written = write(STDOUT_FILENO, bytes, size);

		if (written >= 0) {
			bytes += written;
			size -= written;
		} else if (errno != EINTR) {
			is_closed = true;
		}
	}
}

void flush_frames(void)
{
	write_whole(batch, batch_size);
	batch_size = 0;
}

void put_frame(const void *frame, size_t size)
{
	if (batch_size + size > BATCH_BYTES)
		flush_frames();
	if (size > BATCH_BYTES) {
		write_whole(frame, size);
		return;
	}
	memcpy(batch + batch_size, frame, size);
	batch_size += size;
}

struct text {
	char bytes[JSON_BYTES];
	size_t used;
};

static void add_char(struct text *text, char c)
{
	if (text->used < sizeof(text->bytes) - 1)
		text->bytes[text->used++] = c;
}

static void add_plain(struct text *text, const char *plain)
{
	for (; *plain; plain++)
		add_char(text, *plain);
}

static void add_string(struct text *text, const char *value)
{
	add_char(text, '"');
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			add_char(text, '\\');
		add_char(text, (unsigned char)*value < ' ' ? ' ' : *value);
	}
	add_char(text, '"');
}

static void add_programs(struct text *text, const struct program_list *programs)
{
	struct utsname system;
	const char *separator = "";

	uname(&system);
	add_plain(text, "\"kernel\":");
	add_string(text, system.release);
	add_plain(text, ",\"programs\":[");
	for (int i = 0; i < programs->count; i++) {
		if (!programs->items[i].is_on)
			continue;
		add_plain(text, separator);
		add_string(text, programs->items[i].name);
		separator = ",";
	}
	separator = "";
	add_plain(text, "],\"skipped\":[");
	for (int i = 0; i < programs->count; i++) {
		if (programs->items[i].is_on)
			continue;
		add_plain(text, separator);
		add_plain(text, "{\"program\":");
		add_string(text, programs->items[i].name);
		add_plain(text, ",\"reason\":");
		add_string(text, programs->items[i].reason);
		add_char(text, '}');
		separator = ",";
	}
	add_char(text, ']');
}

void put_ready_frame(const struct program_list *programs, int cpu_count)
{
	static struct {
		struct record_header record;
		struct text text;
	} frame;
	char numbers[128];

	frame.text.used = 0;
	/* The offset is a string: it has more digits than a JSON number keeps. */
	snprintf(numbers, sizeof(numbers), "{\"cpus\":%d,\"epochOffsetNs\":\"%" PRId64 "\",", cpu_count,
		 epoch_offset_ns());
	add_plain(&frame.text, numbers);
	add_programs(&frame.text, programs);
	add_char(&frame.text, '}');
	frame.record = (struct record_header){
		.size = sizeof(frame.record) + frame.text.used,
		.magic = RECORD_MAGIC,
		.kind = RECORD_READY,
		.boot_ns = boot_time_ns(),
	};
	put_frame(&frame, frame.record.size);
}

void print_programs(const struct program_list *programs)
{
	static struct text text;

	text.used = 0;
	add_char(&text, '{');
	add_programs(&text, programs);
	add_plain(&text, "}\n");
	write_whole((const unsigned char *)text.bytes, text.used);
}
