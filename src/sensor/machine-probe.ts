import { findCgroupMode } from './machine-probe-cgroup.ts';
import { MachineFiles } from './machine-probe-files.ts';
import { checkPrograms } from './machine-probe-programs.ts';
import type { SensorFiles } from './sensor-files.ts';

/** One thing that the live sensor needs, and whether this machine has it. */
export interface Check {
  readonly name: string;
  /** `unknown` when this machine does not let us see, or when it lets us see less than there is. */
  readonly ok: boolean | 'unknown';
  /** What was found, for a person. */
  readonly detail: string;
  /** How to mend it; only where something is missing. */
  readonly fix?: string;
}

/** Loops in programs (`bpf_loop`) came with it. */
const OLDEST_KERNEL = [5, 17] as const;

/** Bits of a capability set (linux/capability.h). */
const CAPABILITY = { sysPtrace: 19, sysAdmin: 21, perfmon: 38, bpf: 39 } as const;

/**
 * Looks at everything that the live sensor needs of this machine, and has the kernel try each
 * program without attaching it. Never rejects: what cannot be found out is a check that says so.
 * `root` and `platform` are for tests: the folder that stands for `/`, and Node's name of the system.
 */
export async function probeMachine({
  files,
  root = '/',
  platform = process.platform,
}: {
  readonly files: SensorFiles | undefined;
  readonly root?: string;
  readonly platform?: string;
}): Promise<readonly Check[]> {
  if (platform !== 'linux') {
    const fix = 'run it on Linux, or replay a recording';
    return [{ name: 'operating system', ok: false, detail: platform, fix }];
  }
  const machine = new MachineFiles(root);
  return [
    { name: 'operating system', ok: true, detail: platform },
    checkPrivileges(machine),
    checkKernel(machine),
    checkBtf(machine),
    checkTracefs(machine),
    checkCgroups(machine),
    checkLockdown(machine),
    checkFiles(files),
    ...(files ? await checkPrograms(files) : []),
  ];
}

function capabilities(machine: MachineFiles): bigint | undefined {
  const digits = machine.read('proc/self/status')?.match(/^CapEff:\s*([0-9a-f]+)$/m)?.[1];
  return digits === undefined ? undefined : BigInt(`0x${digits}`);
}

function has(set: bigint, capability: number): boolean {
  return ((set >> BigInt(capability)) & 1n) === 1n;
}

function checkPrivileges(machine: MachineFiles): Check {
  const name = 'privileges';
  const set = capabilities(machine);
  if (set === undefined) return { name, ok: 'unknown', detail: '/proc/self/status has no CapEff' };
  const isAdmin = has(set, CAPABILITY.sysAdmin);
  const missing = [
    ...(isAdmin || has(set, CAPABILITY.bpf) ? [] : ['CAP_BPF']),
    ...(isAdmin || has(set, CAPABILITY.perfmon) ? [] : ['CAP_PERFMON']),
    ...(has(set, CAPABILITY.sysPtrace) ? [] : ['CAP_SYS_PTRACE']),
  ];
  if (missing.length === 0) return { name, ok: true, detail: 'may load programs and read /proc' };
  const fix = `run it as root, or with ${missing.join(', ')}`;
  return { name, ok: false, detail: `missing: ${missing.join(', ')}`, fix };
}

function checkKernel(machine: MachineFiles): Check {
  const name = 'kernel version';
  const release = machine.read('proc/sys/kernel/osrelease')?.trim();
  const version = release
    ?.match(/^(\d+)\.(\d+)/)
    ?.slice(1)
    .map(Number);
  if (release === undefined || version === undefined) {
    return { name, ok: 'unknown', detail: release ?? '/proc/sys/kernel/osrelease cannot be read' };
  }
  const [major = 0, minor = 0] = version;
  const [oldestMajor, oldestMinor] = OLDEST_KERNEL;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
    return { name, ok: true, detail: release };
  }
  return { name, ok: false, detail: release, fix: `use Linux ${OLDEST_KERNEL.join('.')} or later` };
}

function checkBtf(machine: MachineFiles): Check {
  const name = 'kernel types (BTF)';
  const path = 'sys/kernel/btf/vmlinux';
  if (machine.has(path)) return { name, ok: true, detail: `/${path}` };
  const fix =
    'use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of all large distributions';
  return { name, ok: false, detail: `/${path} is missing`, fix };
}

function checkTracefs(machine: MachineFiles): Check {
  const name = 'tracefs';
  for (const place of ['sys/kernel/tracing', 'sys/kernel/debug/tracing']) {
    if (machine.has(`${place}/events`)) return { name, ok: true, detail: `mounted at /${place}` };
  }
  const mayMount = has(capabilities(machine) ?? 0n, CAPABILITY.sysAdmin);
  if (machine.has('sys/kernel/tracing') && mayMount) {
    return { name, ok: true, detail: 'not mounted: the sensor mounts it for itself alone' };
  }
  const fix = 'mount -t tracefs tracefs /sys/kernel/tracing';
  return { name, ok: false, detail: 'not mounted, and the sensor may not mount it', fix };
}

function checkCgroups(machine: MachineFiles): Check {
  const name = 'cgroups';
  const mode = findCgroupMode(machine.read('proc/self/mounts'));
  if (mode === 'v2') return { name, ok: true, detail: 'v2' };
  if (mode === 'hybrid') return { name, ok: true, detail: 'hybrid: v1, and v2 for naming' };
  if (mode === 'unknown') return { name, ok: mode, detail: '/proc/self/mounts cannot be read' };
  const fix = 'boot with systemd.unified_cgroup_hierarchy=1, or mount a cgroup2 file system';
  return { name, ok: false, detail: 'v1 only: containers have no cgroup in the v2 tree', fix };
}

function checkLockdown(machine: MachineFiles): Check {
  const name = 'kernel lockdown';
  const mode = machine.read('sys/kernel/security/lockdown')?.match(/\[(\w+)\]/)?.[1];
  if (mode === undefined) {
    return { name, ok: 'unknown', detail: '/sys/kernel/security/lockdown cannot be read' };
  }
  if (mode !== 'confidentiality') return { name, ok: true, detail: mode };
  const fix =
    'boot with lockdown=integrity: in mode confidentiality no program may read the kernel';
  return { name, ok: false, detail: mode, fix };
}

function checkFiles(files: SensorFiles | undefined): Check {
  const name = 'sensor files';
  if (files) return { name, ok: true, detail: files.loaderPath };
  return { name, ok: false, detail: 'the sensor is not built', fix: 'npm run build:sensor' };
}
