import { accessSync, constants, existsSync, globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cniPluginFolder } from './containerd-config.ts';

/** A part of the machine that a live test needs. */
export type Need = keyof typeof PROBES;

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const CAP_SYS_ADMIN = 21n;

/** What each part is missing, or undefined when it is there. */
const PROBES = {
  root: () => (process.getuid?.() === 0 ? undefined : 'root'),
  ebpf: () => lackOfEbpf(),
  sensor: () => lackOfSensor(),
  containerd: () => lackOfProgram('containerd') ?? lackOfProgram('ctr') ?? lackOfProgram('setpriv'),
  runc: () => lackOfProgram('runc'),
  busybox: () => (existsSync('/bin/busybox') ? undefined : '/bin/busybox (Debian: busybox-static)'),
  cc: () => lackOfProgram('cc'),
  docker: () => lackOfProgram('dockerd') ?? lackOfProgram('docker') ?? lackOfProgram('tar'),
  ip: () => lackOfProgram('ip'),
  cni: () => (cniPluginFolder() ? undefined : 'CNI plugins (Debian: containernetworking-plugins)'),
  chromium: () => lackOfProgram('chromium'),
  kubectl: () => lackOfProgram('kubectl'),
  alertmanager: () => lackOfProgram('prometheus-alertmanager') ?? lackOfProgram('amtool'),
  prometheus: () => lackOfProgram('prometheus') ?? lackOfProgram('promtool'),
  rsyslog: () => lackOfProgram('rsyslogd') ?? lackOfRsyslogTls(),
  openssl: () => lackOfProgram('openssl'),
} as const satisfies Readonly<Record<string, () => string | undefined>>;

/** What {@link startPrivateContainerd} and the images need. */
export const CONTAINERD_NEEDS = [
  'root',
  'containerd',
  'runc',
  'busybox',
  'cc',
  'ip',
  'cni',
] as const satisfies readonly Need[];

/**
 * Why a test that needs these parts has to be skipped, for `it(…, { skip })`; false when they are
 * all there. With `HULLWATCH_LIVE=required` it is always false: the test then runs and fails.
 */
export function liveRequirements(needs: readonly Need[]): string | false {
  if (process.env['HULLWATCH_LIVE'] === 'required') return false;
  const missing = needs.flatMap((need) => PROBES[need]() ?? []);
  return missing.length > 0 && `this machine lacks ${missing.join(', ')}`;
}

function lackOfProgram(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.some((folder) => isExecutable(join(folder, name))) ? undefined : name;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function lackOfEbpf(): string | undefined {
  if (!existsSync('/sys/kernel/btf/vmlinux')) return 'a kernel with BTF (/sys/kernel/btf/vmlinux)';
  const status = readFileSync('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  return (effective >> CAP_SYS_ADMIN) & 1n ? undefined : 'CAP_SYS_ADMIN, to load eBPF programs';
}

function lackOfRsyslogTls(): string | undefined {
  const modules = globSync('/usr/lib/{*/,}rsyslog/lmnsd_gtls.so');
  return modules.length > 0 ? undefined : "rsyslog's TLS (Debian: rsyslog-gnutls)";
}

function lackOfSensor(): string | undefined {
  if (existsSync(join(REPOSITORY, 'prebuilt', `linux-${process.arch}`))) return undefined;
  return lackOfProgram('clang') && 'a built sensor (npm run build:sensor), or clang to build it';
}
