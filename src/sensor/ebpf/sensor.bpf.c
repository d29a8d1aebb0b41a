/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0 */
/*
 * The kernel side of Hullwatch: tells what the containers of this machine do. Tracepoints only (exits of
 * system calls, and tp_btf) where the kernel has them, no LSM. Kernel 5.17 or later (bpf_loop), with BTF.
 *
 * Each program is optional but for the essential ones (programs.c), so that the kernel may lack its hook.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "records.h"

const volatile struct sensor_settings settings SEC(".rodata.settings");

#include "letters.bpf.h"
#include "task.bpf.h"
#include "shares.bpf.h"
#include "container.bpf.h"
#include "subject.bpf.h"
#include "phase.bpf.h"
#include "path.bpf.h"
#include "emit.bpf.h"
#include "demand.bpf.h"
#include "dedup.bpf.h"
#include "texts.bpf.h"

/* The programs. */
#include "processes.bpf.h"
#include "opens.bpf.h"
#include "sockets.bpf.h"
#include "network.bpf.h"
#include "payload.bpf.h"
#include "http.bpf.h"
#include "messages.bpf.h"
#include "acts.bpf.h"
#include "links.bpf.h"
#include "mounts.bpf.h"
#include "modules.bpf.h"
#include "syscalls.bpf.h"
#include "capabilities.bpf.h"
#include "randomx.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
