/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * RandomX, the proof of work of some coins, changes the rounding mode all the time; hardly any other program
 * ever does. Looked at when a task leaves its processor.
 */
#ifndef HULLWATCH_RANDOMX_BPF_H
#define HULLWATCH_RANDOMX_BPF_H

#if defined(bpf_target_x86)

#define ROUNDING_MODE 0x6000
/* A program may round otherwise for a moment; so many times, none of them long after the last. */
#define RANDOMX_TIMES 5
#define RANDOMX_GAP_NS 5000000000ULL

struct rounding {
	__u64 boot_ns;
	__u32 times;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct process_key);
	__type(value, struct rounding);
} roundings SEC(".maps");

/* True just once a process. */
static __always_inline bool is_randomx(struct task_struct *task)
{
	struct process_key key = { .start_boot_ns = start_of(task), .pid = BPF_CORE_READ(task, tgid) };
	struct rounding first = { .boot_ns = bpf_ktime_get_boot_ns(), .times = 1 };
	struct rounding *rounding = bpf_map_lookup_elem(&roundings, &key);

	if (!rounding) {
		bpf_map_update_elem(&roundings, &key, &first, BPF_ANY);
		return false;
	}
	if (rounding->times < RANDOMX_TIMES && first.boot_ns - rounding->boot_ns > RANDOMX_GAP_NS)
		rounding->times = 0;
	rounding->boot_ns = first.boot_ns;
	if (rounding->times > RANDOMX_TIMES)
		return false;
	return __sync_fetch_and_add(&rounding->times, 1) + 1 == RANDOMX_TIMES;
}

SEC("tp_btf/x86_fpu_regs_deactivated")
int BPF_PROG(fpu_deactivated, struct fpu *fpu)
{
	struct subject subject;

	if ((BPF_CORE_READ(fpu, fpstate, regs.fxsave.mxcsr) & ROUNDING_MODE) == 0)
		return 0;
	if (find_subject(&subject) && is_randomx((struct task_struct *)bpf_get_current_task()))
		report_act(&subject, EVENT_RANDOMX, 0, 0, 0);
	return 0;
}

#endif

#endif
