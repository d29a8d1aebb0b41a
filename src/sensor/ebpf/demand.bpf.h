/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What the reader wants to be told of containers that it has narrowed; of all others it wants everything. */
#ifndef HULLWATCH_DEMAND_BPF_H
#define HULLWATCH_DEMAND_BPF_H

struct open_prefix_key {
	__u32 bits;
	char text[PREFIX_CAPACITY];
} __attribute__((packed));

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, MAX_PREFIXES);
	__type(key, struct open_prefix_key);
	__type(value, __u8);
} open_prefixes SEC(".maps");

/* The process tree is made of these. */
#define ALWAYS_WANTED (1U << EVENT_EXEC | 1U << EVENT_FORK | 1U << EVENT_EXIT)

/* False, and counted, when nobody wants events of this type of this container. */
static __always_inline bool is_wanted(const struct subject *subject, __u32 type)
{
	struct sensor_demand *demand;

	if (!subject->share->is_narrow)
		return true;
	demand = current_demand();
	if (!demand || ((demand->wanted_types | ALWAYS_WANTED) >> type & 1))
		return true;
	count_unwanted(type);
	return false;
}

static __always_inline bool narrows_opens(const struct subject *subject)
{
	struct sensor_demand *demand;

	if (!subject->share->is_narrow)
		return false;
	demand = current_demand();
	return demand && demand->narrows_opens;
}

/* Changes when what was told before has to be told again. */
static __always_inline __u64 generation_of(const struct subject *subject)
{
	struct sensor_demand *demand = current_demand();

	return subject->share->generation + (demand ? demand->generation : 0);
}

#define EACH_BYTE(letter) (0x0101010101010101ULL * (letter))

/* The top bit of each byte that is this letter. */
static __always_inline __u64 bytes_that_are(__u64 word, __u8 letter)
{
	__u64 other = word ^ EACH_BYTE(letter);

	return ~(((other & EACH_BYTE(0x7f)) + EACH_BYTE(0x7f)) | other) & EACH_BYTE(0x80);
}

/*
 * Whether a path as it was given has "//" or "/." in it, so that it may name something else than it says.
 * Without branches, each of which the verifier would follow for every byte.
 */
static __always_inline bool is_untidy(const struct open_prefix *prefix)
{
	__u64 found = 0;

	for (__u32 at = 0; at + 8 < sizeof(prefix->text); at += 8) {
		__u64 word = *(const __u64 *)&prefix->text[at];
		__u64 next = *(const __u64 *)&prefix->text[at + 1];

		found |= bytes_that_are(word, '/') & (bytes_that_are(next, '/') | bytes_that_are(next, '.'));
	}
	return found != 0;
}

/* Whether the path in the workbench's prefix, `size` bytes, begins with one that is wanted. */
__noinline int is_prefix_wanted(__u32 size, __u32 is_as_given)
{
	struct workbench *bench = cpu_workbench();

	if (!bench)
		return 1;
	if (size > PREFIX_CAPACITY)
		size = PREFIX_CAPACITY;
	/* One that is longer than what is looked at may be untidy further on. */
	if (is_as_given && (size > PREFIX_CAPACITY - 8 || is_untidy(&bench->prefix)))
		return 1;
	bench->prefix.bits = size * 8;
	return bpf_map_lookup_elem(&open_prefixes, &bench->prefix) != NULL;
}

/* Of an open whose path, and before it a base of `base_size` bytes, stands in the workbench. */
static __always_inline bool is_path_wanted(struct workbench *bench)
{
	const struct open_record *record = &bench->open.record;
	__u32 base_size = record->base_size, path_size = record->path_size, used = 0;
	const char *path = bench->open.data + (base_size & (PATH_CAPACITY - 1));

	__builtin_memset(bench->prefix.text, 0, sizeof(bench->prefix.text));
	/* An absolute path as given has the base "/", which is not put before it. */
	if (base_size > 0 && *path != '/') {
		if (base_size > PREFIX_CAPACITY - 1)
			base_size = PREFIX_CAPACITY - 1;
		bpf_probe_read_kernel(bench->prefix.text, base_size, bench->open.data);
		used = base_size;
		if (base_size > 1)
			bench->prefix.text[used++ & 0xff] = '/';
	}
	if (path_size > PREFIX_CAPACITY - used)
		path_size = PREFIX_CAPACITY - used;
	bpf_probe_read_kernel(&bench->prefix.text[used & 0xff], path_size & 0xff, path);
	return is_prefix_wanted(used + path_size, base_size > 0);
}

#endif
