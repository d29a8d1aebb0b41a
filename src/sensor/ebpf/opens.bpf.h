/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Files that are opened, and attempts. */
#ifndef HULLWATCH_OPENS_BPF_H
#define HULLWATCH_OPENS_BPF_H

#define O_WRONLY 1
#define O_CREAT 0100
#define O_TRUNC 01000

struct open_call {
	long result;
	struct given_path path;
	__u32 flags;
	__u32 text_size; /* of the name in the workbench's text, when the open failed */
};

/* Paths are told as seen from the process's root: from another one the same file has another path. */
static __always_inline void describe_root(struct told_key *key)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;

	key->what[4] = (__u64)fs->root.dentry;
	key->what[5] = (__u64)fs->root.mnt;
}

/* The same file, by the place that its name has: what is opened by that name next is the same to us. */
static __always_inline void describe_file(struct told_key *key, struct file *file, const struct open_call *call)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	key->what[0] = (__u64)BPF_CORE_READ(dentry, d_parent);
	key->what[1] = (__u64)BPF_CORE_READ(file, f_path.mnt);
	key->what[2] = BPF_CORE_READ(dentry, d_name.hash_len);
	key->what[3] = call->flags;
	describe_root(key);
}

/* The same attempt: the same name from the same directory, and refused for the same reason. */
static __always_inline bool describe_attempt(struct told_key *key, const struct workbench *bench,
					     const struct open_call *call)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct file *directory;
	__u64 hash = 0;

	if (hash_text(call->text_size, &hash))
		return false;
	/* An absolute name starts from no directory but the root. */
	if (call->text_size == 0 || bench->text[0] != '/') {
		if (call->path.directory == AT_FDCWD) {
			key->what[0] = (__u64)BPF_CORE_READ(task, fs, pwd.dentry);
			key->what[1] = (__u64)BPF_CORE_READ(task, fs, pwd.mnt);
		} else {
			directory = file_at(task, call->path.directory);
			key->what[0] = (__u64)BPF_CORE_READ(directory, f_path.dentry);
			key->what[1] = (__u64)BPF_CORE_READ(directory, f_path.mnt);
		}
	}
	key->what[2] = hash;
	key->what[3] = call->flags | (__u64)(__u32)call->result << 32;
	describe_root(key);
	return true;
}

/* The base and the name as they were given; see struct open_record. */
static __always_inline __u32 read_attempt(struct workbench *bench, const struct open_call *call)
{
	char *data = bench->open.data;
	__u32 path_size = call->text_size & (PATH_CAPACITY - 1);
	__u32 base_size = read_base(bench, path_size, call->path.directory, data);

	bpf_probe_read_kernel(data + base_size, path_size, bench->text);
	bench->open.record.base_size = base_size;
	bench->open.record.path_size = path_size;
	return base_size + path_size;
}

static __always_inline __u32 read_open(struct workbench *bench, struct file *file, struct open_call *call)
{
	struct open_record *record = &bench->open.record;
	__u32 used = 0;

	record->result = call->result;
	record->flags = call->flags;
	record->base_size = 0;
	record->reserved = 0;
	if (file)
		used = resolve_path(&file->f_path, bench->open.data, &record->event.record.flags);
	record->path_size = used;
	if (used > 0)
		return used;
	if (file)
		call->text_size = read_text(bench, call->path.name);
	return read_attempt(bench, call);
}

/* Paths of secrets: that one of them is opened must be told however many other files are. */
__noinline int is_sensitive(__u32 start, __u32 size)
{
	struct workbench *bench = cpu_workbench();
	__u64 first, second, last;
	const char *path;

	if (!bench || size < 8)
		return 0;
	path = bench->open.data + (start & 1);
	first = *(const __u64 *)path;
	second = *(const __u64 *)(path + 8);
	last = *(const __u64 *)(path + ((size - 8) & (PATH_CAPACITY - 1)));
	switch (first) {
	case LETTERS("/etc/sha"):
		return HAS_LETTERS(second, "dow     ", 3);
	case LETTERS("/etc/gsh"):
		return HAS_LETTERS(second, "adow    ", 4);
	case LETTERS("/etc/sud"):
		return HAS_LETTERS(second, "oers    ", 4);
	case LETTERS("/etc/kub"):
		return HAS_LETTERS(second, "ernetes/", 8);
	case LETTERS("/root/.s"):
		return HAS_LETTERS(second, "sh      ", 2);
	case LETTERS("/run/sec"):
		return HAS_LETTERS(second, "rets/   ", 5);
	case LETTERS("/var/run"):
		return HAS_LETTERS(second, "/secrets", 8);
	case LETTERS("/var/lib"):
		return HAS_LETTERS(second, "/kubelet", 8);
	default:
		return HAS_LETTERS(first, "/proc/  ", 6) && last == LETTERS("/environ");
	}
}

/* `sighting` is null when it cannot be recognised again. */
static __always_inline void tell_open(struct workbench *bench, const struct subject *subject,
				      const struct sighting *sighting, struct open_call *call, struct file *file)
{
	__u32 used = read_open(bench, file, call);
	/* An absolute path as it was given comes after its base. */
	__u32 start = bench->open.record.base_size == 1;
	/* Those of secrets are told each time. */
	bool is_secret = is_sensitive(start, bench->open.record.path_size);
	bool is_unwanted = narrows_opens(subject) && !is_path_wanted(bench);

	if (is_unwanted) {
		give_back(bench);
		count_unwanted(EVENT_OPEN);
	} else {
		number_event(bench, subject, EVENT_OPEN);
		if (!send_as(bench, subject, sizeof(bench->open.record) + used, !is_secret))
			return;
	}
	if (sighting && !is_secret)
		remember_as(sighting, is_unwanted);
}

static __noinline int report_open(struct open_call *call)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct sighting sighting = {};
	struct subject subject;
	struct workbench *bench;
	struct file *file = NULL;
	bool is_described = true;

	if (!find_subject(&subject) || !is_wanted(&subject, EVENT_OPEN))
		return 0;
	bench = take_workbench(&subject, EVENT_OPEN);
	if (!bench)
		return 0;
	call->result = told_result(call->result);
	if (call->result >= 0)
		file = file_at(task, call->result);
	begin_sighting(&sighting, &subject, EVENT_OPEN);
	if (file) {
		describe_file(&sighting.key, file, call);
	} else {
		call->text_size = read_text(bench, call->path.name);
		is_described = describe_attempt(&sighting.key, bench, call);
	}
	if (is_described && was_told(&sighting)) {
		give_back(bench);
		return 0;
	}
	tell_open(bench, &subject, is_described ? &sighting : NULL, call, file);
	return 0;
}

static __always_inline void read_open_call(struct open_call *call)
{
	struct pt_regs *registers = call_registers();
	__u64 first = PT_REGS_PARM1_CORE_SYSCALL(registers), second = PT_REGS_PARM2_CORE_SYSCALL(registers);
	__u64 third = PT_REGS_PARM3_CORE_SYSCALL(registers);
	int number = call_number();

	call->path.directory = first;
	call->flags = third;
	/* Not the tracepoint's id: of that the kernel fills in just the lower half. */
	switch (number) {
	case CALL_OPENAT:
		call->path.name = (const char *)second;
		return;
	case CALL_OPENAT2:
		call->path.name = (const char *)second;
		/* struct open_how begins with the flags; it lies in the program's memory. */
		call->flags = 0;
		bpf_probe_read_user(&call->flags, sizeof(call->flags), (const void *)third);
		return;
	case CALL_OPEN:
	case CALL_CREAT:
		call->path.directory = AT_FDCWD;
		call->path.name = (const char *)first;
		call->flags = number == CALL_OPEN ? second : O_CREAT | O_WRONLY | O_TRUNC;
		return;
	default:
		/* By handle, without a name, which makes it a way out of a container that may use it. */
		return;
	}
}

static __always_inline int report_open_call(struct trace_event_raw_sys_exit *context)
{
	struct open_call call = { .result = context->ret };

	read_open_call(&call);
	return report_open(&call);
}

/* The loader loads the first alone and attaches it to all of these hooks: it takes the kernel long to verify. */
SEC("tp/syscalls/sys_exit_openat")
int sys_openat(struct trace_event_raw_sys_exit *context)
{
	return report_open_call(context);
}

SEC("tp/syscalls/sys_exit_openat2")
int sys_openat2(struct trace_event_raw_sys_exit *context)
{
	return report_open_call(context);
}

SEC("tp/syscalls/sys_exit_open")
int sys_open(struct trace_event_raw_sys_exit *context)
{
	return report_open_call(context);
}

SEC("tp/syscalls/sys_exit_creat")
int sys_creat(struct trace_event_raw_sys_exit *context)
{
	return report_open_call(context);
}

SEC("tp/syscalls/sys_exit_open_by_handle_at")
int sys_open_by_handle_at(struct trace_event_raw_sys_exit *context)
{
	return report_open_call(context);
}

#endif
