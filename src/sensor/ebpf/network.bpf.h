/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/* Connections made and accepted. What is sent and received without one is in messages.bpf.h. */
#ifndef HULLWATCH_NETWORK_BPF_H
#define HULLWATCH_NETWORK_BPF_H

#define ENETDOWN 100
#define ENETUNREACH 101
#define ETIMEDOUT 110
#define ECONNREFUSED 111
#define EHOSTUNREACH 113
#define EINPROGRESS 115

/* Of a peer that comes to us, its port is another one each time; of one that we go to, ours is. */
static __always_inline void describe_ends(struct told_key *key, const struct socket_ends *ends, bool is_inbound)
{
	const __u64 *remote = (const __u64 *)ends->remote_address;

	key->what[0] = remote[0];
	key->what[1] = remote[1];
	key->what[2] = is_inbound ? ends->local_port : ends->remote_port;
	key->what[3] = ends->family << 16 | ends->protocol << 8 | is_inbound;
}

static __noinline int report_network(const struct subject *subject, const struct socket_ends *ends,
				     bool is_inbound)
{
	struct sighting sighting = {};
	struct workbench *bench;

	if (!is_wanted(subject, EVENT_NETWORK))
		return 0;
	begin_sighting(&sighting, subject, EVENT_NETWORK);
	describe_ends(&sighting.key, ends, is_inbound);
	if (was_told(&sighting))
		return 0;
	bench = begin_event(subject, EVENT_NETWORK);
	if (!bench)
		return 0;
	if (is_inbound)
		bench->event.record.flags |= EVENT_INBOUND;
	bench->network.ends = *ends;
	if (send_event(bench, subject, sizeof(bench->network)))
		remember(&sighting);
	return 0;
}

/* It was refused on the way, not for what was asked. */
static __always_inline bool is_failed_attempt(long result)
{
	return result == -ECONNREFUSED || result == -ETIMEDOUT || result == -EHOSTUNREACH ||
	       result == -ENETUNREACH || result == -ENETDOWN || result == -EINTR || result == -EPERM ||
	       result == -EACCES;
}

SEC("tp/syscalls/sys_exit_connect")
int sys_connect(struct trace_event_raw_sys_exit *context)
{
	struct pt_regs *registers = call_registers();
	long result = told_result(context->ret);
	struct socket_ends ends;
	struct subject subject;
	bool is_under_way = result == 0 || result == -EINPROGRESS;
	struct sock *sock;

	if ((!is_under_way && !is_failed_attempt(result)) || !find_subject(&subject))
		return 0;
	sock = sock_at(PT_REGS_PARM1_CORE_SYSCALL(registers));
	if (!sock || !read_ends(sock, &ends))
		return 0;
	/* A socket that failed to connect has forgotten where to. */
	if (!is_under_way && !read_remote((const void *)PT_REGS_PARM2_CORE_SYSCALL(registers), &ends))
		return 0;
	/* Port 0 is how a program asks for its own address, or ends a connection. */
	if (ends.remote_port != 0)
		report_network(&subject, &ends, false);
	return 0;
}

static __always_inline int report_accept(long descriptor)
{
	struct socket_ends ends;
	struct subject subject;
	struct sock *sock;

	if (descriptor < 0 || !find_subject(&subject))
		return 0;
	sock = sock_at(descriptor);
	if (sock && read_ends(sock, &ends))
		report_network(&subject, &ends, true);
	return 0;
}

SEC("tp/syscalls/sys_exit_accept")
int sys_accept(struct trace_event_raw_sys_exit *context)
{
	return report_accept(context->ret);
}

SEC("tp/syscalls/sys_exit_accept4")
int sys_accept4(struct trace_event_raw_sys_exit *context)
{
	return report_accept(context->ret);
}

#endif
