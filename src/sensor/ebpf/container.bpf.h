/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Which tasks belong to a container. The question is asked of the task's cgroup in the v2 tree,
 * once a cgroup; the answer is kept until the cgroup is removed.
 */
#ifndef HULLWATCH_CONTAINER_BPF_H
#define HULLWATCH_CONTAINER_BPF_H

/* Deeper than any tree can be made in practice, so that nobody hides below a pile of cgroups. */
#define MAX_CGROUP_DEPTH 65536
#define ID_DIGITS 64

enum cgroup_kind {
	CGROUP_OF_HOST,
	/* It, or a cgroup above it, bears a name that runtimes give to containers. */
	CGROUP_OF_CONTAINER,
	/*
	 * Any other name that systemd does not use: ctr and nerdctl let the user choose. A task in it
	 * is a candidate when it has left the host's mount namespace as well.
	 */
	CGROUP_OF_FREE_NAME,
};

/* Which cgroup records the reader has. */
enum announcement {
	ANNOUNCED_CONTAINER = 1 << 0,
	ANNOUNCED_HOST = 1 << 1,
};

#define SYSCALL_NUMBERS 512

struct cgroup_verdict {
	__u64 container_id; /* id of the cgroup that stands for the container */
	__u32 kind;
	__u32 announced;
	__u32 share; /* the container's in `shares`; 0 while it has none */
	/* For which of the share's widenings, from 1, the calls of 32-bit programs were counted as lost. */
	__u32 foreign_calls;
	/* The numbers that were told, under which generation. */
	__u64 syscall_generation;
	__u64 syscalls[SYSCALL_NUMBERS / 64];
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct cgroup_verdict);
} cgroup_verdicts SEC(".maps");

static __always_inline struct cgroup *parent_cgroup(struct cgroup *cgroup)
{
	return BPF_CORE_READ(cgroup, self.parent, cgroup);
}

static __always_inline bool has_text(const char *at, const char *text, __u32 length)
{
	for (__u32 i = 0; i < length; i++)
		if (at[i] != text[i])
			return false;
	return true;
}

static __always_inline bool ends_with(const char *kernel_name, __u32 length, const char *suffix,
				      __u32 suffix_length)
{
	char tail[8] = {};

	if (length < suffix_length)
		return false;
	if (bpf_probe_read_kernel(tail, suffix_length, kernel_name + length - suffix_length))
		return false;
	return has_text(tail, suffix, suffix_length);
}

/*
 * Whether 64 lower-case hexadecimal digits stand at this kernel address. A global function, so that
 * the verifier walks through it once; and without branches, each of which it would follow for every
 * digit: the top bit of `~n & (n - limit)` is set when 0 <= n < limit.
 */
__noinline int has_id(__u64 text_address)
{
	char digits[ID_DIGITS] = {};
	__u32 are_valid = 1;

	if (bpf_probe_read_kernel(digits, sizeof(digits), (const char *)text_address))
		return 0;
	for (__u32 i = 0; i < ID_DIGITS; i++) {
		__u32 decimal = (__u32)(__u8)digits[i] - '0';
		__u32 letter = (__u32)(__u8)digits[i] - 'a';

		are_valid &= ((~decimal & (decimal - 10)) | (~letter & (letter - 6))) >> 31;
	}
	return are_valid;
}

/*
 * The names that containerd, CRI-O, Docker and Podman give to a container's cgroup, with cgroupfs
 * and with systemd: an optional prefix, an id, an optional ".scope". The length tells which it can
 * be, and keeps out "libpod-conmon-ID.scope" and its like.
 */
static __always_inline bool is_container_name(const char *kernel_name, const char *name, __u32 length)
{
	__u32 prefix_length = 0;
	bool is_scope = false;

	switch (length) {
	case 64:
		break;
	case 75:
		is_scope = true;
		__attribute__((fallthrough));
	case 69:
		if (!has_text(name, "crio-", 5))
			return false;
		prefix_length = 5;
		break;
	case 77:
		if (!has_text(name, "docker-", 7) && !has_text(name, "libpod-", 7))
			return false;
		prefix_length = 7;
		is_scope = true;
		break;
	case 85:
		if (!has_text(name, "cri-containerd-", 15))
			return false;
		prefix_length = 15;
		is_scope = true;
		break;
	default:
		return false;
	}
	if (is_scope && !ends_with(kernel_name, length, ".scope", 6))
		return false;
	return has_id((__u64)kernel_name + prefix_length);
}

/* The kinds of unit that systemd makes cgroups for. */
static __always_inline bool is_unit_name(const char *kernel_name, __u32 length)
{
	return ends_with(kernel_name, length, ".service", 8) ||
	       ends_with(kernel_name, length, ".slice", 6) ||
	       ends_with(kernel_name, length, ".scope", 6) ||
	       ends_with(kernel_name, length, ".mount", 6) ||
	       ends_with(kernel_name, length, ".socket", 7);
}

struct cgroup_climb {
	struct cgroup *cgroup;
	struct cgroup_verdict verdict;
};

static long classify_level(__u32 level, struct cgroup_climb *climb)
{
	char name[CGROUP_NAME_CAPACITY];
	struct cgroup *cgroup = climb->cgroup;
	struct cgroup *parent = parent_cgroup(cgroup);
	struct kernfs_node *node = BPF_CORE_READ(cgroup, kn);
	const char *kernel_name = BPF_CORE_READ(node, name);
	long size = bpf_probe_read_kernel_str(name, sizeof(name), kernel_name);

	if (!parent || size <= 1)
		return 1;
	if (is_container_name(kernel_name, name, size - 1)) {
		/* The climb goes on: the outermost one counts, so that a container in it is part of it. */
		climb->verdict.kind = CGROUP_OF_CONTAINER;
		climb->verdict.container_id = BPF_CORE_READ(node, id);
	} else if (level == 0 && !is_unit_name(kernel_name, size - 1)) {
		climb->verdict.kind = CGROUP_OF_FREE_NAME;
		climb->verdict.container_id = BPF_CORE_READ(node, id);
	}
	climb->cgroup = parent;
	return 0;
}

/* Climbs from a cgroup to the root and keeps the verdict. Global, so that it is verified once. */
__noinline int classify_cgroup(__u64 cgroup_address)
{
	struct cgroup *cgroup = (struct cgroup *)cgroup_address;
	struct cgroup_climb climb = { .cgroup = cgroup };
	__u64 id = BPF_CORE_READ(cgroup, kn, id);

	bpf_loop(MAX_CGROUP_DEPTH, classify_level, &climb, 0);
	bpf_map_update_elem(&cgroup_verdicts, &id, &climb.verdict, BPF_NOEXIST);
	return 0;
}

static __always_inline struct cgroup *cgroup_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, cgroups, dfl_cgrp);
}

/* May be null when the map has no room at this moment: the caller then takes it for the host's. */
static __noinline struct cgroup_verdict *verdict_on(struct cgroup *cgroup)
{
	__u64 id = BPF_CORE_READ(cgroup, kn, id);
	struct cgroup_verdict *verdict = bpf_map_lookup_elem(&cgroup_verdicts, &id);

	if (verdict)
		return verdict;
	classify_cgroup((__u64)cgroup);
	return bpf_map_lookup_elem(&cgroup_verdicts, &id);
}

static __always_inline __u32 mount_ns_of(struct task_struct *task)
{
	return BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
}

static __always_inline bool is_host_mount_ns(__u32 mount_ns)
{
	return mount_ns == 0 || mount_ns == settings.host_mount_ns;
}

/* Whether a task in a cgroup of this verdict looks like one of the host's. */
static __always_inline bool is_host_verdict(const struct cgroup_verdict *verdict, __u32 mount_ns)
{
	if (!verdict || verdict->kind == CGROUP_OF_HOST)
		return true;
	return verdict->kind == CGROUP_OF_FREE_NAME && is_host_mount_ns(mount_ns);
}

/*
 * Whether it is told of as the host's, which is not at all unless that is asked for. In a cgroup where a
 * container was seen it is the container's: it may have entered the host's mount namespace from there.
 */
static __always_inline bool is_told_as_host(const struct cgroup_verdict *verdict, __u32 mount_ns)
{
	if (!is_host_verdict(verdict, mount_ns))
		return false;
	return settings.tells_host || verdict->kind == CGROUP_OF_HOST || !(verdict->announced & ANNOUNCED_CONTAINER);
}

static __always_inline bool is_host_task(struct task_struct *task)
{
	return is_host_verdict(verdict_on(cgroup_of(task)), mount_ns_of(task));
}

#endif
