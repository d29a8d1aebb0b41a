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
	RECORD_READY = 1,      /* loader: JSON */
	RECORD_CGROUP = 2,     /* kernel */
	RECORD_LOST = 3,       /* loader */
	RECORD_TOTALS = 4,     /* loader */
	RECORD_SUPPRESSED = 5, /* loader */
	/* From here on: events, FIRST_EVENT + enum event_index. */
	FIRST_EVENT = 16,
};

/* Events carry a sequence number and are counted, each type by itself. The order is that of EVENT_TYPES in raw-event.ts. */
enum event_index {
	EVENT_EXEC,
	EVENT_OPEN,
	EVENT_FORK,
	EVENT_EXIT,
	EVENT_CAPABILITIES,
	EVENT_SYSCALL,
	EVENT_NETWORK,
	EVENT_DNS,
	EVENT_HTTP,
	EVENT_SYMLINK,
	EVENT_HARDLINK,
	EVENT_IOURING,
	EVENT_BPF,
	EVENT_KMOD,
	EVENT_PTRACE,
	EVENT_RANDOMX,
	EVENT_SSH,
	EVENT_UNSHARE,
	EVENT_MOUNT,
	EVENT_SETNS,
	EVENT_INDEX_COUNT,
	/* Room for more without a new layout of the counters. */
	EVENT_INDEX_CAPACITY = 32,
};

enum event_flag {
	EVENT_SETUP = 1 << 0,
	/* The program's own file is in the writable layer; of exec and of every act_record. */
	EVENT_UPPER_LAYER = 1 << 1,
	EXEC_PARENT_UPPER_LAYER = 1 << 2,
	EXEC_ARGS_TRUNCATED = 1 << 3,
	/* Of network_record: accepted or received; of payload_record: the bytes were received. */
	EVENT_INBOUND = 1 << 4,
	/* A path or text did not fit. */
	EVENT_TEXT_TRUNCATED = 1 << 5,
	/* Between the programs and the loader only: it was counted in the first container_share. */
	EVENT_IN_FIRST_SHARE = 1 << 6,
	/* Likewise: it was counted as urgent. */
	EVENT_IS_URGENT = 1 << 7,
};

#define COMM_SIZE 16
#define ARGS_CAPACITY 4096
#define PATH_CAPACITY 4096
#define PAYLOAD_CAPACITY 4096
/* A kernfs name is at most 255 bytes. */
#define CGROUP_NAME_CAPACITY 256
/* After the reader was woken, patient events do not wake it again for so long. */
#define PATIENT_NS (10 * 1000 * 1000)
/* What stands for the host's own processes, where they are told of: the root of the v2 tree. */
#define HOST_CGROUP_ID 1

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
	__u64 start_boot_ns; /* when the process began; with its pid it is never another one's */
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
	__u32 tty_major; /* the controlling terminal; both 0 when there is none */
	__u32 tty_minor;
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
	__u64 child_start_boot_ns;
	__u32 child_pid;
	__u32 reserved;
};

struct exit_record {
	struct event_header event;
	__u32 exit_code;
	__u32 signal;
};

struct capability_record {
	struct event_header event;
	__u32 capability; /* its number */
	__s32 syscall;    /* number of the call under way, -1 when there is none */
};

struct syscall_record {
	struct event_header event;
	__u32 number;
	__u32 reserved;
};

/* Addresses in network byte order; IPv4 in the first four bytes. Ports as numbers. */
struct socket_ends {
	__u8 remote_address[16];
	__u8 local_address[16];
	__u16 remote_port;
	__u16 local_port;
	__u8 family;   /* 2 is IPv4, 10 is IPv6 */
	__u8 protocol; /* 6 is TCP, 17 is UDP, 132 is SCTP */
	__u16 reserved;
};

struct network_record {
	struct event_header event;
	struct socket_ends ends;
};

/* Of dns, http and ssh: followed by the first `captured` bytes of what was sent or received. */
struct payload_record {
	struct event_header event;
	struct socket_ends ends;
	/* dns: the same for all that goes over one socket. http: of an answer, seq of what told its request, or 0 */
	__u64 exchange;
	__u32 length; /* bytes that were sent or received in all */
	__u16 captured;
	__u16 reserved;
};

/*
 * All other events. The texts follow each other in the order of their sizes. A base as in open_record; a base
 * of no bytes means that the text after it is not relative to anything.
 *
 * symlink:  first = old path as given (no base), second = new path
 * hardlink: first = old path, second = new path
 * mount:    first = source, second = target, third = type of file system; a = flags
 * kmod:     first = name of the module where known; a = number of the system call
 * bpf:      a = command, b = size of the attributes
 * ptrace:   a = request, b = pid of the other process, as the host sees it (0 when unknown)
 * unshare:  a = flags     setns: a = CLONE_NEW… of the namespace (0 when unknown)
 * iouring:  a = opcode, b = flags of the entry
 * randomx:  nothing
 */
struct act_record {
	struct event_header event;
	__u64 a;
	__u64 b;
	__s32 result; /* of the call where it is known, else 0 */
	__u16 exe_size;
	__u16 first_base_size;
	__u16 first_size;
	__u16 second_base_size;
	__u16 second_size;
	__u16 third_size;
};

/* Followed by the name and the parent's name. */
struct cgroup_record {
	struct record_header record;
	__u64 cgroup_id;
	__u16 name_size;
	__u16 parent_size;
	__u32 reserved;
};

/* Events that were counted and not delivered, since the last such record, by whose they were. */
struct lost_entry {
	__u64 cgroup_id; /* 0: not known */
	__u64 full;      /* there was no room */
	__u64 share;     /* there was room, but not for this container any more */
};

/* Followed by `count` entries. */
struct lost_record {
	struct record_header record;
	__u32 count;
	__u32 reserved;
};

/* What was not told on purpose, since the last such record: no number was given to it. */
struct suppressed_record {
	struct record_header record;
	__u64 duplicates[EVENT_INDEX_CAPACITY]; /* like one that was told a moment ago */
	__u64 unwanted[EVENT_INDEX_CAPACITY];   /* nobody asked for it */
};

struct totals_record {
	struct record_header record;
	__u64 emitted[EVENT_INDEX_CAPACITY];
	__u64 lost[EVENT_INDEX_CAPACITY];
};

/* What the loader tells the programs once; it lies in .rodata.settings. */
struct sensor_settings {
	__u64 wake_bytes;       /* unread bytes from which on a patient event wakes the reader at once */
	__u64 patient_limit_bytes; /* unread bytes from which on patient events are given up, so that the rest fits */
	__u64 ring_bytes;
	__u64 dedup_ns;         /* how long a like event is a duplicate; 0: never */
	__u64 http_dedup_ns;    /* likewise, of http */
	__u64 hash_key[2];      /* drawn anew each time */
	__u32 host_mount_ns;
	__u32 cpu_count;
	__u32 tells_host;       /* whether the host's own processes are told of */
	__u32 own_pid;          /* these two are never told of */
	__u32 parent_pid;
	__u32 reserved;
};

/* What the loader changes while the programs run; shared memory. */
struct sensor_demand {
	__u64 wanted_types;    /* bit per event_index: of containers that are narrowed */
	__u64 generation;      /* what was told under another one is told again */
	__u64 changes;         /* of this generation and of those of all shares */
	__u32 narrows_opens;   /* only opens below open_prefixes are wanted of narrowed containers */
	__u32 is_over;         /* nothing is told any more */
};

/* One a CPU, in a map that the loader reads through shared memory. Whole cache lines of its own. */
struct sensor_counters {
	__u64 emitted[EVENT_INDEX_CAPACITY];
	__u64 lost[EVENT_INDEX_CAPACITY];
	__u64 duplicates[EVENT_INDEX_CAPACITY];
	__u64 unwanted[EVENT_INDEX_CAPACITY];
};

/*
 * What one container has in the ring buffer, and what is wanted of it; shared memory. Only the loader gives
 * shares away and takes them back, so that no two can ever be the same container's.
 */
struct container_share {
	__u64 cgroup_id; /* whose it is, 0 when free; written by the loader. The first is for all that have no other */
	__u64 written_bytes;
	__u64 read_bytes; /* written by the loader */
	__u64 lost_full;
	__u64 lost_share;
	__u64 generation; /* written by the loader; see sensor_demand */
	__u32 is_narrow;  /* written by the loader: only what sensor_demand says is wanted */
	__u32 is_removed; /* the cgroup is gone: it goes back when all of it is read */
	__u64 urgent_written_bytes; /* these two: of urgent events alone */
	__u64 urgent_read_bytes;
	__u64 widenings;  /* written by the loader: how often it was told everything again after it was narrow */
};

/*
 * What was lost of a container that has no share yet; shared memory. A program takes one that is free, the loader
 * frees it; the counts only grow, whoever's they are.
 */
struct stray_losses {
	__u64 cgroup_id; /* whose they are, 0 when free */
	__u64 full;
	__u64 share;
	__u64 reserved;
};

#define STRAY_LOSSES 64
#define STRAY_PROBES 4

/* The cgroups that were removed last; shared memory. A place is taken before it is filled in. */
#define REMOVED_CGROUPS 4096

struct removed_cgroups {
	__u64 count; /* of all that ever were */
	__u64 ids[REMOVED_CGROUPS];
};

#define CONTAINER_SHARES 4096
/* A container's share is one of so many that follow each other. */
#define SHARE_PROBES 8

static inline __u32 share_place(__u64 cgroup_id, __u32 probe)
{
	__u64 scattered = (cgroup_id * 0x9e3779b97f4a7c15ULL) >> 40;

	return 1 + (scattered + probe) % (CONTAINER_SHARES - 1);
}

static inline __u32 stray_place(__u64 cgroup_id, __u32 probe)
{
	return (share_place(cgroup_id, 0) + probe) % STRAY_LOSSES;
}

/* What a record takes in the ring buffer: a header of 8 bytes, and whole words. */
static inline __u64 footprint(__u64 size)
{
	return (size + 8 + 7) & ~7ULL;
}

/* Paths of which opens are wanted; a longer one is cut, which makes more of them wanted. */
#define PREFIX_CAPACITY 255
#define MAX_PREFIXES 4096

struct open_prefix {
	__u32 bits;
	char text[PREFIX_CAPACITY];
	char padding;
};

#endif
