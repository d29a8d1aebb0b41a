/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on the kernel: BPF, modules, io_uring, the floating-point mode, any system call. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "words.h"

/* `r0 = 0; exit`, for a socket. */
static void load_bpf_program(void)
{
	static const struct bpf_insn PROGRAM[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt = 2,
		.insns = (unsigned long)PROGRAM,
		.license = (unsigned long)"GPL",
	};
	/* The size that this call is asked with; the rest of the attributes is not of this command. */
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, 48);

	if (fd >= 0)
		close(fd);
}

struct uring {
	int fd;
	struct io_uring_params parameters;
	unsigned char *submissions;
	struct io_uring_sqe *entries;
};

static void open_uring(struct uring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 4, &ring->parameters);
	must(ring->fd < 0, "io_uring_setup");
	ring->submissions = mmap(NULL, ring->parameters.sq_off.array + 4 * sizeof(unsigned int),
				 PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->entries = mmap(NULL, 4 * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED,
			     ring->fd, IORING_OFF_SQES);
	must(ring->submissions == MAP_FAILED || ring->entries == MAP_FAILED, "io_uring");
}

static void use_uring(int opcode, int flags)
{
	struct uring ring;
	unsigned int *tail, *array;

	open_uring(&ring);
	ring.entries[0] = (struct io_uring_sqe){
		.opcode = opcode,
		.flags = flags,
		.fd = AT_FDCWD,
		.addr = (unsigned long)"/etc/passwd",
	};
	tail = (unsigned int *)(ring.submissions + ring.parameters.sq_off.tail);
	array = (unsigned int *)(ring.submissions + ring.parameters.sq_off.array);
	array[0] = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	must(syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1, "io_uring_enter");
	close(ring.fd);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Rounds now this way and now that way, as a program of the RandomX virtual machine does. */
static void round_as_miners_do(long for_ms)
{
#ifdef __x86_64__
	const unsigned int DEFAULT = 0x1f80;
	long end_ms = now_ms() + for_ms;

	for (unsigned int mode = 0; now_ms() < end_ms; mode = (mode + 1) & 3) {
		unsigned int control = DEFAULT | mode << 13;

		__asm__ volatile("ldmxcsr %0" : : "m"(control));
		/* The mode is looked at when the processor goes to another task. */
		usleep(100);
	}
	__asm__ volatile("ldmxcsr %0" : : "m"(DEFAULT));
#else
	(void)for_ms;
#endif
}

int act_on_kernel(const char *name)
{
	if (IS("bpf")) {
		load_bpf_program();
	} else if (IS("init-module")) {
		syscall(SYS_init_module, "not a module", 12, "");
	} else if (IS("finit-module")) {
		int fd = open(word(), O_RDONLY);

		syscall(SYS_finit_module, fd, "", 0);
		close(fd);
	} else if (IS("delete-module")) {
		syscall(SYS_delete_module, word(), O_NONBLOCK);
	} else if (IS("io-uring")) {
		int opcode = number();

		use_uring(opcode, number());
	} else if (IS("randomx")) {
		round_as_miners_do(number());
	} else if (IS("syscall")) {
		/* Arguments that no call takes for good ones. */
		syscall(number(), -1L, -1L, -1L, -1L, -1L, -1L);
	} else {
		return 0;
	}
	return 1;
}
