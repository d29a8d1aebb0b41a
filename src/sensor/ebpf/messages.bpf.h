/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * Everything that is sent and received over sockets: datagrams without a connection are network events, and
 * what is said may be one more. All at the exit of the calls, when buffers and addresses are filled.
 */
#ifndef HULLWATCH_MESSAGES_BPF_H
#define HULLWATCH_MESSAGES_BPF_H

#define MSG_PEEK 2
#define MSG_FASTOPEN 0x20000000
#define TCP_ESTABLISHED 1
/* The kernel takes no more messages in one sendmmsg or recvmmsg (UIO_MAXIOV). */
#define MAX_MESSAGES 1024

/* A socket that waits for whoever comes, and one who came or was gone to. */
struct exchange_key {
	__u64 socket;
	__u8 remote_address[16];
	__u32 remote_port;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct exchange_key);
	__type(value, __u8);
} exchanges SEC(".maps");

/*
 * Datagrams are asked for and answered: true for the side that began. Who has not chosen a port is not waited
 * upon, so what comes to it is an answer; for the others it is noted which was first.
 */
static __always_inline bool is_first_side(struct sock *sock, const struct socket_ends *ends, bool is_inbound)
{
	struct exchange_key key = { .remote_port = ends->remote_port };
	__u8 is_begun_inbound = is_inbound;
	__u8 *begun;

	if (!is_bound_by_program(sock))
		return !is_inbound;
	key.socket = socket_number(sock);
	__builtin_memcpy(key.remote_address, ends->remote_address, sizeof(key.remote_address));
	begun = bpf_map_lookup_elem(&exchanges, &key);
	if (begun)
		return *begun == is_begun_inbound;
	bpf_map_update_elem(&exchanges, &key, &is_begun_inbound, BPF_ANY);
	return true;
}

/* Datagrams to and from anybody, and the connections that begin with their first bytes. */
static __always_inline bool is_network_event(struct sock *sock, const struct transfer *transfer,
					     const struct socket_ends *ends, __u32 call_flags)
{
	if (ends->protocol == IPPROTO_TCP)
		return !transfer->is_inbound && (call_flags & MSG_FASTOPEN);
	/* Connected, which was told; or, for SCTP, accepted. */
	if (BPF_CORE_READ(sock, __sk_common.skc_state) == TCP_ESTABLISHED)
		return !transfer->is_inbound && is_sent_elsewhere(sock, ends);
	return is_first_side(sock, ends, transfer->is_inbound);
}

static __noinline int report_transfer(const struct subject *subject, const struct transfer *transfer,
				      __u32 call_flags)
{
	struct sock *sock = transfer->sock;
	struct socket_ends ends;

	if (!read_ends(sock, &ends))
		return 0;
	/* A socket with a connection has no use for an address. */
	if (ends.protocol != IPPROTO_TCP || (call_flags & MSG_FASTOPEN)) {
		if (transfer->address && read_remote(transfer->address, &ends) && ends.remote_port != 0 &&
		    is_network_event(sock, transfer, &ends, call_flags))
			report_network(subject, &ends, transfer->is_inbound);
	}
	return report_payload(subject, transfer, &ends);
}

/* It was done, or tried: who is not reached was spoken to all the same. */
static __always_inline bool is_told_transfer(long result, bool is_inbound)
{
	if (result >= 0)
		return true;
	return !is_inbound && (result == -EINPROGRESS || is_failed_attempt(result));
}

/* The beginning of all of them; false when it is nothing to tell of. */
static __always_inline bool begin_transfer(struct subject *subject, struct transfer *transfer, long result,
					   __u32 descriptor)
{
	result = told_result(result);
	if (!is_told_transfer(result, transfer->is_inbound) || !find_subject(subject))
		return false;
	transfer->length = result > 0 ? result : 0;
	transfer->sock = sock_at(descriptor);
	return transfer->sock && is_inet(transfer->sock);
}

static __always_inline int report_buffer(long result, bool is_inbound, bool has_address)
{
	struct pt_regs *registers = call_registers();
	__u32 call_flags = has_address ? PT_REGS_PARM4_CORE_SYSCALL(registers) : 0;
	struct transfer transfer = {
		.buffer = (const void *)PT_REGS_PARM2_CORE_SYSCALL(registers),
		.address = has_address ? (const void *)PT_REGS_PARM5_CORE_SYSCALL(registers) : NULL,
		.is_inbound = is_inbound,
	};
	struct subject subject;

	if (is_inbound && (call_flags & MSG_PEEK))
		return 0;
	if (begin_transfer(&subject, &transfer, result, PT_REGS_PARM1_CORE_SYSCALL(registers)))
		report_transfer(&subject, &transfer, call_flags);
	return 0;
}

static __always_inline int report_vector(long result, bool is_inbound)
{
	struct pt_regs *registers = call_registers();
	struct transfer transfer = {
		.buffer = (const void *)PT_REGS_PARM2_CORE_SYSCALL(registers),
		.parts = PT_REGS_PARM3_CORE_SYSCALL(registers),
		.is_inbound = is_inbound,
	};
	struct subject subject;

	if (transfer.parts > 0 &&
	    begin_transfer(&subject, &transfer, result, PT_REGS_PARM1_CORE_SYSCALL(registers)))
		report_transfer(&subject, &transfer, 0);
	return 0;
}

/* Takes buffers and address from a msghdr of the program's memory. */
static __always_inline bool read_message(const void *header, struct transfer *transfer)
{
	struct user_msghdr message;

	if (bpf_probe_read_user(&message, sizeof(message), header))
		return false;
	transfer->buffer = message.msg_iov;
	transfer->parts = message.msg_iovlen;
	transfer->address = message.msg_namelen > 0 ? message.msg_name : NULL;
	return transfer->parts > 0;
}

static __always_inline int report_message(long result, bool is_inbound)
{
	struct pt_regs *registers = call_registers();
	__u32 call_flags = PT_REGS_PARM3_CORE_SYSCALL(registers);
	struct transfer transfer = { .is_inbound = is_inbound };
	struct subject subject;

	if (is_inbound && (call_flags & MSG_PEEK))
		return 0;
	if (begin_transfer(&subject, &transfer, result, PT_REGS_PARM1_CORE_SYSCALL(registers)) &&
	    read_message((const void *)PT_REGS_PARM2_CORE_SYSCALL(registers), &transfer))
		report_transfer(&subject, &transfer, call_flags);
	return 0;
}

struct messages {
	struct subject subject;
	struct transfer transfer;
	const struct mmsghdr *headers;
	__u32 call_flags;
	__u32 count; /* 0: the first one was not sent */
};

static long report_one_message(__u32 index, struct messages *messages)
{
	const struct mmsghdr *header = messages->headers + index;
	__u32 length = 0;

	if (index > 0 && index >= messages->count)
		return 1;
	if (messages->count > 0 && bpf_probe_read_user(&length, sizeof(length), &header->msg_len))
		return 1;
	messages->transfer.length = length;
	if (read_message(&header->msg_hdr, &messages->transfer))
		report_transfer(&messages->subject, &messages->transfer, messages->call_flags);
	return 0;
}

static __always_inline int report_messages(long result, bool is_inbound)
{
	struct pt_regs *registers = call_registers();
	struct messages messages = {
		.transfer.is_inbound = is_inbound,
		.headers = (const struct mmsghdr *)PT_REGS_PARM2_CORE_SYSCALL(registers),
		.call_flags = PT_REGS_PARM4_CORE_SYSCALL(registers),
		.count = result > 0 ? result : 0,
	};

	if (is_inbound && (messages.call_flags & MSG_PEEK))
		return 0;
	if (result != 0 && begin_transfer(&messages.subject, &messages.transfer, result,
					 PT_REGS_PARM1_CORE_SYSCALL(registers)))
		bpf_loop(MAX_MESSAGES, report_one_message, &messages, 0);
	return 0;
}

SEC("tp/syscalls/sys_exit_sendto")
int sys_sendto(struct trace_event_raw_sys_exit *context)
{
	return report_buffer(context->ret, false, true);
}

SEC("tp/syscalls/sys_exit_recvfrom")
int sys_recvfrom(struct trace_event_raw_sys_exit *context)
{
	return report_buffer(context->ret, true, true);
}

SEC("tp/syscalls/sys_exit_sendmsg")
int sys_sendmsg(struct trace_event_raw_sys_exit *context)
{
	return report_message(context->ret, false);
}

SEC("tp/syscalls/sys_exit_recvmsg")
int sys_recvmsg(struct trace_event_raw_sys_exit *context)
{
	return report_message(context->ret, true);
}

SEC("tp/syscalls/sys_exit_sendmmsg")
int sys_sendmmsg(struct trace_event_raw_sys_exit *context)
{
	return report_messages(context->ret, false);
}

SEC("tp/syscalls/sys_exit_recvmmsg")
int sys_recvmmsg(struct trace_event_raw_sys_exit *context)
{
	return report_messages(context->ret, true);
}

/*
 * read, write and theirs are made for files a thousand times for each time they are made for a socket. Where
 * the kernel tells of sockets alone (6.3 and later), these cost nothing elsewhere.
 */
static __always_inline int report_on_socket(struct sock *sock, int length, bool is_inbound)
{
	__u16 family = sock->__sk_common.skc_family;
	int number;

	if ((family != AF_INET && family != AF_INET6) || length < MIN_TEXT_BYTES)
		return 0;
	number = call_number();
	if (number == (is_inbound ? CALL_READ : CALL_WRITE))
		return report_buffer(length, is_inbound, false);
	if (number == (is_inbound ? CALL_READV : CALL_WRITEV))
		return report_vector(length, is_inbound);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(socket_write, struct sock *sock, int length, int flags)
{
	return report_on_socket(sock, length, false);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(socket_read, struct sock *sock, int length, int flags)
{
	return report_on_socket(sock, length, true);
}

SEC("tp/syscalls/sys_exit_write")
int sys_write(struct trace_event_raw_sys_exit *context)
{
	return context->ret < MIN_TEXT_BYTES ? 0 : report_buffer(context->ret, false, false);
}

SEC("tp/syscalls/sys_exit_writev")
int sys_writev(struct trace_event_raw_sys_exit *context)
{
	return context->ret < MIN_TEXT_BYTES ? 0 : report_vector(context->ret, false);
}

SEC("tp/syscalls/sys_exit_read")
int sys_read(struct trace_event_raw_sys_exit *context)
{
	return context->ret < MIN_TEXT_BYTES ? 0 : report_buffer(context->ret, true, false);
}

SEC("tp/syscalls/sys_exit_readv")
int sys_readv(struct trace_event_raw_sys_exit *context)
{
	return context->ret < MIN_TEXT_BYTES ? 0 : report_vector(context->ret, true);
}

#endif
