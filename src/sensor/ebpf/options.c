/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "programs.h"

#define DEFAULT_RING_BYTES (8 << 20)
#define DEFAULT_WAKE_BYTES (64 << 10)
#define DEFAULT_DEDUP_MS 10000
#define MIN_RING_BYTES (64 << 10)
#define MAX_RING_BYTES (1 << 30)

static void usage(void)
{
	fprintf(stderr,
		"usage: hullwatch-sensor OBJECT [--ring-bytes N] [--wake-bytes N] [--dedup-ms N]\n"
		"       [--host] [--programs A,B] [--check]\n"
		"  OBJECT          the compiled programs (sensor.bpf.o)\n"
		"  --ring-bytes N  size of the ring buffer, a power of two (default %d)\n"
		"  --wake-bytes N  unread bytes from which on opens and their like wait no longer (default %d)\n"
		"  --dedup-ms N    how long a like event is left out as a duplicate, 0: never (default %d)\n"
		"  --host          tell of the host's own processes too\n"
		"  --programs A,B  load only these\n"
		"  --check         try to load each program, print the outcome as JSON and end\n"
		"Takes what is wanted as lines on standard input, and ends with it.\n",
		DEFAULT_RING_BYTES, DEFAULT_WAKE_BYTES, DEFAULT_DEDUP_MS);
}

static bool parse_number(const char *name, const char *text, size_t *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	if (*end == '\0' && end != text && errno == 0)
		return true;
	fprintf(stderr, "--%s: expected a number, got \"%s\"\n", name, text);
	return false;
}

bool parse_options(int count, char **arguments, struct sensor_options *options, bool *is_check)
{
	static const struct option KNOWN[] = {
		{ "ring-bytes", required_argument, NULL, 'r' },
		{ "wake-bytes", required_argument, NULL, 'w' },
		{ "dedup-ms", required_argument, NULL, 'd' },
		{ "host", no_argument, NULL, 'h' },
		{ "programs", required_argument, NULL, 'p' },
		{ "check", no_argument, NULL, 'c' },
		{ 0 },
	};
	bool is_known = true, is_valid = true;
	int which;

	*options = (struct sensor_options){
		.ring_bytes = DEFAULT_RING_BYTES,
		.wake_bytes = DEFAULT_WAKE_BYTES,
		.dedup_ms = DEFAULT_DEDUP_MS,
	};
	while ((which = getopt_long(count, arguments, "", KNOWN, NULL)) != -1) {
		if (which == 'r')
			is_valid &= parse_number("ring-bytes", optarg, &options->ring_bytes);
		else if (which == 'w')
			is_valid &= parse_number("wake-bytes", optarg, &options->wake_bytes);
		else if (which == 'd')
			is_valid &= parse_number("dedup-ms", optarg, &options->dedup_ms);
		else if (which == 'h')
			options->tells_host = true;
		else if (which == 'p')
			options->wanted = optarg;
		else if (which == 'c')
			*is_check = true;
		else
			is_known = false;
	}
	if (!is_known || optind != count - 1) {
		usage();
		return false;
	}
	if (!is_valid)
		return false;
	options->object_path = arguments[optind];
	if (options->ring_bytes >= MIN_RING_BYTES && options->ring_bytes <= MAX_RING_BYTES &&
	    (options->ring_bytes & (options->ring_bytes - 1)) == 0)
		return true;
	fprintf(stderr, "--ring-bytes: expected a power of two from %d to %d, got %zu\n", MIN_RING_BYTES,
		MAX_RING_BYTES, options->ring_bytes);
	return false;
}
