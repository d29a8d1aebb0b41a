/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Texts and paths as a caller gave them, in its own memory. */
#ifndef HULLWATCH_TEXTS_BPF_H
#define HULLWATCH_TEXTS_BPF_H

struct given_path {
	int directory;    /* descriptor that a relative name starts from */
	const char *name; /* in the caller's memory; null when the call takes none */
};

/* Puts the text into the workbench and returns its length. */
static __always_inline __u32 read_text(struct workbench *bench, const char *text)
{
	long size = bpf_probe_read_user_str(bench->text, PATH_CAPACITY, text);

	if (size == PATH_CAPACITY)
		bench->event.record.flags |= EVENT_TEXT_TRUNCATED;
	return size > 0 ? (size - 1) & (PATH_CAPACITY - 1) : 0;
}

/*
 * Writes where the path in the workbench starts from to `target` (PATH_CAPACITY bytes) and returns the length:
 * "/" when it is absolute, or when the directory cannot be named.
 */
static __always_inline __u32 read_base(struct workbench *bench, __u32 text_size, int directory, char *target)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u8 *flags = &bench->event.record.flags;
	__u32 size = 0;

	if (text_size == 0 || bench->text[0] != '/') {
		if (directory == AT_FDCWD) {
			size = resolve_path(&BPF_CORE_READ(task, fs)->pwd, target, flags);
		} else {
			struct file *file = file_at(task, directory);

			if (file)
				size = resolve_path(&file->f_path, target, flags);
		}
	}
	if (size == 0) {
		target[0] = '/';
		size = 1;
	}
	return size & (PATH_CAPACITY - 1);
}

#endif
