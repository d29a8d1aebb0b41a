/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "records.h"

#define WINDOW_BYTES (1 << 20)
/* Longer than any record, which may begin where the window ends. What the kernel has twice in a row goes on there. */
#define OVERLAP_BYTES (64 << 10)
/* How much is taken, of a small buffer how large a part, before the programs may write there again. */
#define RELEASE_BYTES (32 << 10)
#define RELEASE_PART 16

/* The layout of the map: a page with our position, one with theirs, and the records. */
static int fd = -1, epoll_fd = -1;
static size_t page_bytes, ring_bytes, window_bytes;
static __u64 *own_position;
static const __u64 *their_position;
static const unsigned char *window;
static __u64 window_start;
static bool is_broken;

static void *map_part(void *place, size_t size, int protection, size_t offset)
{
	return mmap(place, size, protection, MAP_SHARED | (place ? MAP_FIXED : 0), fd, offset);
}

static bool complain(const char *what)
{
	fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
	return false;
}

bool open_ring(int map_fd, size_t size)
{
	struct epoll_event wanted = { .events = EPOLLIN };
	void *own, *theirs, *first;

	fd = map_fd;
	page_bytes = sysconf(_SC_PAGESIZE);
	ring_bytes = size;
	window_bytes = size < WINDOW_BYTES ? size : WINDOW_BYTES;
	own = map_part(NULL, page_bytes, PROT_READ | PROT_WRITE, 0);
	theirs = map_part(NULL, page_bytes, PROT_READ, page_bytes);
	first = map_part(NULL, window_bytes + OVERLAP_BYTES, PROT_READ, 2 * page_bytes);
	if (own == MAP_FAILED || theirs == MAP_FAILED || first == MAP_FAILED)
		return complain("map the sensor's ring buffer");
	own_position = own;
	their_position = theirs;
	window = first;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0 || epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &wanted))
		return complain("wait for the sensor's ring buffer");
	return true;
}

int ring_wake_fd(void)
{
	return epoll_fd;
}

bool is_ring_broken(void)
{
	return is_broken;
}

/* The record at this position, with its header; null when the window cannot be moved there. */
static const unsigned char *record_at(__u64 position)
{
	__u64 place = position & (ring_bytes - 1);
	__u64 start = place & ~(__u64)(window_bytes - 1);

	/* The window may be gone. */
	if (is_broken)
		return NULL;
	if (start != window_start) {
		if (map_part((void *)window, window_bytes + OVERLAP_BYTES, PROT_READ, 2 * page_bytes + start) ==
		    MAP_FAILED) {
			is_broken = true;
			complain("move along the sensor's ring buffer");
			return NULL;
		}
		window_start = start;
	}
	return window + (place - start);
}

bool consume_ring(take_record_fn *take, void *context)
{
	const __u64 release_bytes =
		ring_bytes / RELEASE_PART < RELEASE_BYTES ? ring_bytes / RELEASE_PART : RELEASE_BYTES;
	const __u64 first = *own_position;
	__u64 released = first, position = first;
	bool goes_on = true;

	while (goes_on && position != __atomic_load_n(their_position, __ATOMIC_ACQUIRE)) {
		const unsigned char *record = record_at(position);
		__u32 header = record ? __atomic_load_n((const __u32 *)record, __ATOMIC_ACQUIRE) : BPF_RINGBUF_BUSY_BIT;
		__u32 size = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (header & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(header & BPF_RINGBUF_DISCARD_BIT))
			goes_on = take(context, record + BPF_RINGBUF_HDR_SZ, size);
		position += footprint(size);
		if (position - released < release_bytes)
			continue;
		__atomic_store_n(own_position, position, __ATOMIC_RELEASE);
		released = position;
	}
	if (position != released)
		__atomic_store_n(own_position, position, __ATOMIC_RELEASE);
	return position != first;
}
