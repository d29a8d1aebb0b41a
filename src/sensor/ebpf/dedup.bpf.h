/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * What was told a moment ago: the same container's, by the same program, the same thing. Only what was
 * delivered is remembered, so that a first event that was lost is not the only one.
 */
#ifndef HULLWATCH_DEDUP_BPF_H
#define HULLWATCH_DEDUP_BPF_H

#define DEDUP_ENTRIES 65536

#define WHAT_WORDS 6

struct told_key {
	__u64 cgroup_id;
	__u64 exe_inode;
	__u64 comm[2]; /* an interpreter runs many programs */
	__u32 exe_device;
	__u32 uid;
	__u8 type;
	__u8 is_setup; /* what the runtime did is no reason to be silent about the container */
	__u8 reserved[6];
	__u64 what[WHAT_WORDS];
};

/*
 * What is about to be told. `generation` is from before it was asked what is wanted: when that changes
 * meanwhile, what was found is remembered as of before, and asked again.
 */
struct sighting {
	struct told_key key;
	__u64 generation;
};

struct told_value {
	__u64 boot_ns;
	__u64 generation;
	__u64 seq; /* of the event that told it */
	/* Nobody wanted it, which need not be found out again. */
	__u32 is_unwanted;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DEDUP_ENTRIES);
	__type(key, struct told_key);
	__type(value, struct told_value);
} told SEC(".maps");

/* Fills in who does it; `what` is the caller's. */
static __always_inline void begin_sighting(struct sighting *sighting, const struct subject *subject, __u32 type)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *exe = task->mm->exe_file;
	struct told_key *key = &sighting->key;

	sighting->generation = generation_of(subject);
	/* Not to be asked for earlier than it is. */
	barrier();
	key->cgroup_id = subject->cgroup_id;
	key->type = type;
	/* Not by helpers: this is asked at every open. */
	key->uid = task->cred->uid.val;
	key->comm[0] = *(__u64 *)&task->comm[0];
	key->comm[1] = *(__u64 *)&task->comm[8];
	key->is_setup = phase_of(task) == PHASE_SETUP;
	if (exe) {
		key->exe_inode = exe->f_inode->i_ino;
		key->exe_device = exe->f_inode->i_sb->s_dev;
	}
}

/* Null, else counted, when there is something new about it. */
static __always_inline struct told_value *find_told(const struct sighting *sighting, __u64 window_ns)
{
	struct told_value *value;

	if (window_ns == 0)
		return NULL;
	value = bpf_map_lookup_elem(&told, &sighting->key);
	if (!value || value->generation != sighting->generation ||
	    bpf_ktime_get_boot_ns() - value->boot_ns >= window_ns)
		return NULL;
	if (value->is_unwanted)
		count_unwanted(sighting->key.type);
	else
		count_duplicate(sighting->key.type);
	return value;
}

static __always_inline bool was_told(const struct sighting *sighting)
{
	return find_told(sighting, settings.dedup_ns) != NULL;
}

static __always_inline void remember_told(const struct sighting *sighting, __u64 seq, bool is_unwanted)
{
	struct told_value value = {
		.boot_ns = bpf_ktime_get_boot_ns(),
		.generation = sighting->generation,
		.seq = seq,
		.is_unwanted = is_unwanted,
	};

	if (settings.dedup_ns != 0)
		bpf_map_update_elem(&told, &sighting->key, &value, BPF_ANY);
}

static __always_inline void remember_as(const struct sighting *sighting, bool is_unwanted)
{
	remember_told(sighting, 0, is_unwanted);
}

static __always_inline void remember(const struct sighting *sighting)
{
	remember_as(sighting, false);
}

/* Longer texts than this are told each time. */
#define MAX_HASHED_BYTES 256
#define ROTATE(word, bits) ((word) << (bits) | (word) >> (64 - (bits)))

struct text_hash {
	__u64 a, b, c, d;
};

static __always_inline void mix(struct text_hash *hash)
{
	hash->a += hash->b;
	hash->c += hash->d;
	hash->b = ROTATE(hash->b, 13) ^ hash->a;
	hash->d = ROTATE(hash->d, 16) ^ hash->c;
	hash->a = ROTATE(hash->a, 32);
	hash->c += hash->b;
	hash->a += hash->d;
	hash->b = ROTATE(hash->b, 17) ^ hash->c;
	hash->d = ROTATE(hash->d, 21) ^ hash->a;
	hash->c = ROTATE(hash->c, 32);
}

/*
 * SipHash-1-3 (Aumasson and Bernstein, 2012) with a key that nobody knows, so that no program can look for two
 * texts with the same number.
 */
static __always_inline void begin_hash(struct text_hash *hash)
{
	hash->a = settings.hash_key[0] ^ 0x736f6d6570736575ULL;
	hash->b = settings.hash_key[1] ^ 0x646f72616e646f6dULL;
	hash->c = settings.hash_key[0] ^ 0x6c7967656e657261ULL;
	hash->d = settings.hash_key[1] ^ 0x7465646279746573ULL;
}

static __always_inline void add_word(struct text_hash *hash, __u64 word)
{
	hash->d ^= word;
	mix(hash);
	hash->a ^= word;
}

/* `size` goes in as a word of its own: the last one of what was added may have been filled up with zeros. */
static __always_inline __u64 end_hash(struct text_hash *hash, __u32 size)
{
	add_word(hash, size);
	hash->c ^= 0xff;
	mix(hash);
	mix(hash);
	mix(hash);
	return hash->a ^ hash->b ^ hash->c ^ hash->d;
}

/* A number that stands for the first `size` bytes of the workbench's text. */
__noinline int hash_text(__u32 size, __u64 *number)
{
	struct workbench *bench = cpu_workbench();
	struct text_hash hash;

	if (!number)
		return -1;
	if (!bench || size > MAX_HASHED_BYTES)
		return -1;
	begin_hash(&hash);
	for (__u32 at = 0; at < MAX_HASHED_BYTES && at < size; at += 8) {
		__u64 word = *(__u64 *)&bench->text[at];

		if (size - at < 8)
			word &= (1ULL << ((size - at) * 8)) - 1;
		add_word(&hash, word);
	}
	*number = end_hash(&hash, size);
	return 0;
}

#endif
