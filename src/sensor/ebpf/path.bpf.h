/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The absolute path of a file as the kernel holds it, seen from the current task's root: symbolic
 * links, "..", relative names and mounts are resolved because the walk starts at the file itself.
 */
#ifndef HULLWATCH_PATH_BPF_H
#define HULLWATCH_PATH_BPF_H

#define NAME_LIMIT 255
/* A path of 4096 bytes has at most 2048 components; mounts on top of mounts add steps. */
#define MAX_PATH_STEPS 4096

/*
 * Written from the end backwards. The second half is there for the verifier: offset plus a name's length.
 *
 * `start` is here and not on the stack: what a callback of bpf_loop keeps there the verifier may take for what
 * it was in the first round, and then it leaves out the branches that do not follow from that.
 */
struct path_buffer {
	char bytes[2 * PATH_CAPACITY];
	__u32 start; /* where the path begins so far */
	__u32 is_truncated;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct path_buffer);
} path_buffers SEC(".maps");

struct path_climb {
	struct dentry *dentry;
	struct vfsmount *vfsmount;
	struct dentry *root_dentry;
	struct vfsmount *root_vfsmount;
};

/* Of what climb_path() returns: there was no room for all of it. */
#define PATH_TRUNCATED (1 << 16)

static __always_inline struct path_buffer *path_buffer(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&path_buffers, &zero);
}

/* Puts a slash, or none, and the dentry's name in front; false when there is no room. */
static __always_inline bool prepend_name(struct path_buffer *buffer, struct dentry *dentry, bool with_slash)
{
	__u32 length = BPF_CORE_READ(dentry, d_name.len);
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	__u32 start = buffer->start;

	if (length > NAME_LIMIT)
		length = NAME_LIMIT;
	if (start < length + 1)
		return false;
	start -= length;
	bpf_probe_read_kernel(&buffer->bytes[start & (PATH_CAPACITY - 1)], length & NAME_LIMIT, name);
	if (with_slash) {
		start--;
		buffer->bytes[start & (PATH_CAPACITY - 1)] = '/';
	}
	buffer->start = start;
	return true;
}

static __always_inline char first_letter(struct dentry *dentry)
{
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	char letter = 0;

	bpf_probe_read_kernel(&letter, sizeof(letter), name);
	return letter;
}

static long climb_step(__u32 step, struct path_climb *climb)
{
	struct dentry *dentry = climb->dentry;
	struct vfsmount *vfsmount = climb->vfsmount;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);
	struct path_buffer *buffer = path_buffer();

	if (!buffer || (dentry == climb->root_dentry && vfsmount == climb->root_vfsmount))
		return 1;
	if (dentry == BPF_CORE_READ(vfsmount, mnt_root)) {
		struct mount *mount = container_of(vfsmount, struct mount, mnt);
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount)
			return 1;
		climb->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		climb->vfsmount = &above->mnt;
		return 0;
	}
	if (dentry == parent) {
		/* In no tree (a memfd): its name is all there is, and "/" (a namespace) is no name. */
		if (buffer->start == PATH_CAPACITY - 1 && first_letter(dentry) != '/')
			prepend_name(buffer, dentry, false);
		return 1;
	}
	if (!prepend_name(buffer, dentry, true)) {
		buffer->is_truncated = PATH_TRUNCATED;
		return 1;
	}
	climb->dentry = parent;
	return 0;
}

/*
 * Resolves the `struct path` at this kernel address into the CPU's path buffer and returns where it
 * starts there, and PATH_TRUNCATED; it ends at PATH_CAPACITY - 1. A global function, so that it is verified once.
 */
__noinline int climb_path(__u64 path_address)
{
	const struct path *path = (const struct path *)path_address;
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct path_climb climb = {
		.dentry = BPF_CORE_READ(path, dentry),
		.vfsmount = BPF_CORE_READ(path, mnt),
		.root_dentry = BPF_CORE_READ(task, fs, root.dentry),
		.root_vfsmount = BPF_CORE_READ(task, fs, root.mnt),
	};
	bool is_root = climb.dentry == climb.root_dentry && climb.vfsmount == climb.root_vfsmount;
	struct path_buffer *buffer = path_buffer();

	if (!buffer)
		return PATH_CAPACITY - 1;
	buffer->start = PATH_CAPACITY - 1;
	buffer->is_truncated = 0;
	if (is_root) {
		buffer->bytes[PATH_CAPACITY - 2] = '/';
		return PATH_CAPACITY - 2;
	}
	bpf_loop(MAX_PATH_STEPS, climb_step, &climb, 0);
	return buffer->start | buffer->is_truncated;
}

/*
 * Writes the path to `target` (PATH_CAPACITY bytes) and returns its length; 0 for a file that has none (a pipe).
 * Adds EVENT_TEXT_TRUNCATED to the flags when it did not fit.
 */
static __always_inline __u32 resolve_path(const struct path *path, char *target, __u8 *flags)
{
	__u32 found = climb_path((__u64)path);
	__u32 start = found & (PATH_CAPACITY - 1);
	__u32 length = (PATH_CAPACITY - 1 - start) & (PATH_CAPACITY - 1);
	struct path_buffer *buffer = path_buffer();

	if (!buffer || bpf_probe_read_kernel(target, length, &buffer->bytes[start]))
		return 0;
	if (found & PATH_TRUNCATED)
		*flags |= EVENT_TEXT_TRUNCATED;
	return length;
}

#endif
