/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The records that go from the kernel to the loader and, byte for byte, from the loader to its
 * reader. docs/events.md has the same layout as a table; frame-layout.ts is its other half.
 *
 * Little-endian. Every record starts with its own size in bytes, so that the ring buffer's records
 * are the frames on the pipe and nothing is rewritten on the way.
 */
#ifndef HULLWATCH_RECORDS_H
#define HULLWATCH_RECORDS_H

/* "HW" when read as bytes. */
#define RECORD_MAGIC 0x5748

enum record_kind {
	RECORD_READY = 1,  /* loader: JSON */
	RECORD_EXEC = 2,   /* kernel */
	RECORD_OPEN = 3,   /* kernel */
	RECORD_FORK = 4,   /* kernel */
	RECORD_EXIT = 5,   /* kernel */
	RECORD_CGROUP = 6, /* kernel */
	RECORD_LOST = 7,   /* loader */
	RECORD_TOTALS = 8, /* loader */
};

/* Events are the records that carry a sequence number and are counted, each type by itself. */
enum event_index { EVENT_EXEC, EVENT_OPEN, EVENT_FORK, EVENT_EXIT, EVENT_INDEX_COUNT };

enum event_flag {
	EVENT_SETUP = 1 << 0,
	EXEC_UPPER_LAYER = 1 << 1,
	EXEC_PARENT_UPPER_LAYER = 1 << 2,
	EXEC_ARGS_TRUNCATED = 1 << 3,
};

#define COMM_SIZE 16
#define ARGS_CAPACITY 4096
#define PATH_CAPACITY 4096
/* A kernfs name is at most 255 bytes. */
#define CGROUP_NAME_CAPACITY 256

struct record_header {
	__u32 size; /* of the whole record, this header included */
	__u16 magic;
	__u8 kind;
	__u8 flags;
	__u64 boot_ns; /* CLOCK_BOOTTIME */
};

struct event_header {
	struct record_header record;
	__u64 seq;
	__u64 cgroup_id;
	__u32 mount_ns;
	__u32 pid;
	__u32 tid;
	__u32 ppid;
	__u32 uid;
	__u32 gid;
	char comm[COMM_SIZE];
	char parent_comm[COMM_SIZE];
};

/* Followed by the arguments (each ends with a NUL), the file, the program's path and the cwd. */
struct exec_record {
	struct event_header event;
	__u16 args_size;
	__u16 file_size;
	__u16 exe_size;
	__u16 cwd_size;
};

/*
 * Followed by the base and the path. When the base is empty the path is the kernel's own absolute
 * path; otherwise (the open failed, or the file has no path) it is the path as the caller gave it,
 * and the base is the directory that it starts from, or "/" for an absolute one.
 */
struct open_record {
	struct event_header event;
	__s32 result;
	__u32 flags;
	__u16 base_size;
	__u16 path_size;
	__u32 reserved;
};

struct fork_record {
	struct event_header event;
	__u32 child_pid;
	__u32 reserved;
};

struct exit_record {
	struct event_header event;
	__u32 exit_code;
	__u32 signal;
};

/* Followed by the name and the parent's name. */
struct cgroup_record {
	struct record_header record;
	__u64 cgroup_id;
	__u16 name_size;
	__u16 parent_size;
	__u32 reserved;
};

struct lost_record {
	struct record_header record;
	__u64 lost[EVENT_INDEX_COUNT]; /* since the last such record */
};

struct totals_record {
	struct record_header record;
	__u64 emitted[EVENT_INDEX_COUNT];
	__u64 lost[EVENT_INDEX_COUNT];
};

/* What the loader tells the programs; it lies in .rodata.settings. */
struct sensor_settings {
	__u64 wake_bytes;       /* unread bytes from which on an open wakes the reader */
	__u64 open_limit_bytes; /* unread bytes from which on opens are given up, so that the rest fits */
	__u32 host_mount_ns;
	__u32 cpu_count;
};

/* One a CPU, in a map that the loader reads through shared memory. A cache line of its own. */
struct sensor_counters {
	__u64 emitted[EVENT_INDEX_COUNT];
	__u64 lost[EVENT_INDEX_COUNT];
};

#endif
