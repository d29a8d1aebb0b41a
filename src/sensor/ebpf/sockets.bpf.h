/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* What a socket is connected to. */
#ifndef HULLWATCH_SOCKETS_BPF_H
#define HULLWATCH_SOCKETS_BPF_H

#include <bpf/bpf_endian.h>

#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_MPTCP 262
#define SOCK_BINDPORT_LOCK 8

/* Null for everything that is not a socket. */
static __always_inline struct socket *socket_of(struct file *file)
{
	if ((BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
		return NULL;
	return BPF_CORE_READ(file, private_data);
}

static __always_inline struct sock *sock_at(__u32 descriptor)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct socket *socket = socket_of(file_at(task, descriptor));

	return BPF_CORE_READ(socket, sk);
}

static __always_inline bool is_inet(struct sock *sock)
{
	__u16 family = BPF_CORE_READ(sock, __sk_common.skc_family);

	return family == AF_INET || family == AF_INET6;
}

/* 0 for those that are not told of. */
static __always_inline __u8 protocol_of(struct sock *sock)
{
	__u16 protocol = BPF_CORE_READ(sock, sk_protocol);

	if (protocol == IPPROTO_MPTCP)
		return IPPROTO_TCP;
	if (protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP)
		return protocol;
	return 0;
}

static __always_inline bool is_bound_by_program(struct sock *sock)
{
	return BPF_CORE_READ_BITFIELD_PROBED(sock, sk_userlocks) & SOCK_BINDPORT_LOCK;
}

/* ::ffff:a.b.c.d, an IPv4 address in an IPv6 socket. */
static __always_inline bool is_mapped(const __u8 *address)
{
	const __u32 *words = (const __u32 *)address;

	return words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff);
}

static __always_inline void unmap(__u8 *address)
{
	__u32 *words = (__u32 *)address;

	words[0] = words[3];
	words[1] = words[2] = words[3] = 0;
}

/* Makes IPv4 of what is IPv4 in truth. A side without an address says nothing about which it is. */
static __always_inline void settle_family(struct socket_ends *ends)
{
	if (ends->family != AF_INET6)
		return;
	if (!is_mapped(ends->remote_address))
		return;
	ends->family = AF_INET;
	unmap(ends->remote_address);
	unmap(ends->local_address);
}

/* Fills in both sides as the socket has them; false when it is no socket that is told of. */
static __always_inline bool read_ends(struct sock *sock, struct socket_ends *ends)
{
	__u16 port;

	__builtin_memset(ends, 0, sizeof(*ends));
	ends->family = BPF_CORE_READ(sock, __sk_common.skc_family);
	ends->protocol = protocol_of(sock);
	if (ends->protocol == 0)
		return false;
	port = BPF_CORE_READ(sock, __sk_common.skc_dport);
	ends->remote_port = bpf_ntohs(port);
	ends->local_port = BPF_CORE_READ(sock, __sk_common.skc_num);
	if (ends->family == AF_INET) {
		BPF_CORE_READ_INTO((__u32 *)ends->remote_address, sock, __sk_common.skc_daddr);
		BPF_CORE_READ_INTO((__u32 *)ends->local_address, sock, __sk_common.skc_rcv_saddr);
	} else if (ends->family == AF_INET6) {
		BPF_CORE_READ_INTO(&ends->remote_address, sock, __sk_common.skc_v6_daddr);
		BPF_CORE_READ_INTO(&ends->local_address, sock, __sk_common.skc_v6_rcv_saddr);
		settle_family(ends);
	} else {
		return false;
	}
	return true;
}

/* Puts an address of the program's memory in the place of the other side; false when there is none there. */
static __always_inline bool read_remote(const void *address, struct socket_ends *ends)
{
	struct sockaddr_in6 given = {};

	if (!address || bpf_probe_read_user(&given, sizeof(struct sockaddr_in), address))
		return false;
	if (given.sin6_family == AF_INET) {
		const struct sockaddr_in *plain = (const struct sockaddr_in *)&given;

		if (ends->family == AF_INET6)
			__builtin_memset(ends->local_address, 0, sizeof(ends->local_address));
		__builtin_memset(ends->remote_address, 0, sizeof(ends->remote_address));
		__builtin_memcpy(ends->remote_address, &plain->sin_addr, 4);
		ends->family = AF_INET;
	} else if (given.sin6_family == AF_INET6) {
		if (bpf_probe_read_user(&given, sizeof(given), address))
			return false;
		__builtin_memcpy(ends->remote_address, &given.sin6_addr, 16);
		ends->family = AF_INET6;
		settle_family(ends);
	} else {
		return false;
	}
	ends->remote_port = bpf_ntohs(given.sin6_port);
	return true;
}

/* Whether the other side is another one than the socket is connected to: a datagram goes where the call says. */
static __always_inline bool is_sent_elsewhere(struct sock *sock, const struct socket_ends *ends)
{
	const __u64 *given = (const __u64 *)ends->remote_address;
	struct socket_ends connected;
	const __u64 *own = (const __u64 *)connected.remote_address;

	if (ends->protocol != IPPROTO_UDP || !read_ends(sock, &connected))
		return false;
	return ends->family != connected.family || ends->remote_port != connected.remote_port ||
	       given[0] != own[0] || given[1] != own[1];
}

#endif
