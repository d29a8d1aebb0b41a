// Builds the sensor: `npm run build:sensor`. Needs Debian's clang, llvm, libbpf-dev, libelf-dev,
// zlib1g-dev, bpftool and gcc; says which of them are missing. Writes prebuilt/linux-<arch>/.
// The program's kernel types come from this machine's BTF; another file of it can be given as
// the only argument. The result runs on other kernels too (CO-RE).
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SENSOR_LOADER_NAME, SENSOR_OBJECT_NAME } from '../sensor-files.ts';

const SOURCE = fileURLToPath(new URL('.', import.meta.url));
const OUTPUT = fileURLToPath(new URL(`../../../prebuilt/linux-${arch()}/`, import.meta.url));
const LOADER_SOURCES = [
  'loader.c',
  'options.c',
  'programs.c',
  'program-list.c',
  'control.c',
  'shares.c',
  'host.c',
  'ring.c',
  'output.c',
];
const DEFAULT_BTF = '/sys/kernel/btf/vmlinux';
/** Node's name of an architecture → that of libbpf's macros. */
const BPF_ARCH: Readonly<Record<string, string>> = { x64: 'x86', arm64: 'arm64' };
const OUR_WARNINGS = ['-Wall', '-Wextra', '-Werror'];

class BuildFailure extends Error {}

interface Tools {
  readonly clang: string;
  readonly strip: string;
  readonly bpftool: string;
  readonly cc: string;
}

/** The newest of `name`, `name-14`, … in PATH or where Debian keeps administrators' tools. */
function findTool(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  const versioned = new RegExp(`^${name}-[0-9]+$`);
  const version = (file: string) => Number(file.slice(name.length + 1));
  for (const folder of folders.filter((path) => path && existsSync(path))) {
    if (isExecutable(join(folder, name))) return join(folder, name);
    const newest = readdirSync(folder)
      .filter((file) => versioned.test(file))
      .sort((a, b) => version(b) - version(a))[0];
    if (newest !== undefined) return join(folder, newest);
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The C compiler answers with a path when it has the library, else with the bare name. */
function hasLibrary(cc: string, file: string): boolean {
  const answer = spawnSync(cc, [`-print-file-name=${file}`], { encoding: 'utf8' });
  return (answer.stdout ?? '').trim().includes('/');
}

function hasHeader(cc: string, header: string): boolean {
  const input = `#include <${header}>\n`;
  return spawnSync(cc, ['-E', '-x', 'c', '-', '-o', '/dev/null'], { input }).status === 0;
}

function findTools(): Tools {
  const clang = findTool('clang');
  const strip = findTool('llvm-strip');
  const bpftool = findTool('bpftool');
  const cc = findTool('cc') ?? findTool('gcc');
  const missing: string[] = [];
  if (!clang) missing.push('clang');
  if (!strip) missing.push('llvm');
  if (!bpftool) missing.push('bpftool');
  if (!cc) missing.push('gcc', 'libc6-dev');
  // Without a compiler nobody can be asked; the packages are needed in any case.
  const has = (file: string, header?: string) =>
    cc !== undefined && hasLibrary(cc, file) && (!header || hasHeader(cc, header));
  if (!has('libbpf.a', 'bpf/libbpf.h')) missing.push('libbpf-dev');
  if (!has('libelf.a', 'libelf.h')) missing.push('libelf-dev');
  if (!has('libz.a', 'zlib.h')) missing.push('zlib1g-dev');
  if (!clang || !strip || !bpftool || !cc || missing.length > 0) {
    throw new BuildFailure(
      `the sensor cannot be built, packages are missing: ${missing.join(', ')}\n` +
        `on Debian and Ubuntu: apt-get install --yes --no-install-recommends ${missing.join(' ')}`,
    );
  }
  return { clang, strip, bpftool, cc };
}

function run(command: string, ...args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.error) throw new BuildFailure(`${command}: ${result.error.message}`);
  if (result.status !== 0) {
    throw new BuildFailure(`${command} ${args.join(' ')}\n${result.stderr}${result.stdout}`);
  }
  return result.stdout;
}

function buildObject(tools: Tools, folder: string, btf: string): string {
  const object = join(folder, SENSOR_OBJECT_NAME);
  if (!existsSync(btf)) {
    throw new BuildFailure(
      `${btf} is missing: this kernel has no BTF (CONFIG_DEBUG_INFO_BTF). Build on another, or give a BTF file as the argument`,
    );
  }
  const types = run(tools.bpftool, 'btf', 'dump', 'file', btf, 'format', 'c');
  writeFileSync(join(folder, 'vmlinux.h'), types);
  const target = ['-target', 'bpf', '-mcpu=v3', `-D__TARGET_ARCH_${BPF_ARCH[arch()]}`];
  // BPF_PROG makes functions that need not use all of a tracepoint's arguments.
  const warnings = [...OUR_WARNINGS, '-Wno-unused-parameter'];
  const source = join(SOURCE, 'sensor.bpf.c');
  // `-isystem`: warnings about generated and foreign headers are not ours to mend.
  const files = ['-isystem', folder, '-c', source, '-o', object];
  run(tools.clang, ...target, '-O2', '-g', ...warnings, ...files);
  run(tools.strip, '--strip-debug', object);
  return object;
}

function buildLoader(tools: Tools, folder: string): string {
  const loader = join(folder, SENSOR_LOADER_NAME);
  const sources = LOADER_SOURCES.map((file) => join(SOURCE, file));
  // Newer builds of libelf need zstd as well.
  const zstd = hasLibrary(tools.cc, 'libzstd.a') ? ['-lzstd'] : [];
  const libraries = ['-lbpf', '-lelf', '-lz', ...zstd];
  run(tools.cc, '-O2', '-s', '-static', ...OUR_WARNINGS, '-o', loader, ...sources, ...libraries);
  return loader;
}

function main(): void {
  if (BPF_ARCH[arch()] === undefined) {
    throw new BuildFailure(`the sensor is not known to work on ${arch()}, only on x64 and arm64`);
  }
  const tools = findTools();
  const folder = mkdtempSync(join(tmpdir(), 'hullwatch-build-'));
  try {
    const built = [
      buildObject(tools, folder, process.argv[2] ?? DEFAULT_BTF),
      buildLoader(tools, folder),
    ];
    mkdirSync(OUTPUT, { recursive: true });
    // `install` replaces a loader that is running, which writing to the file would not.
    run('install', '--mode=755', ...built, OUTPUT);
  } finally {
    rmSync(folder, { recursive: true });
  }
  for (const name of [SENSOR_OBJECT_NAME, SENSOR_LOADER_NAME]) {
    const path = join(OUTPUT, name);
    console.log(`${path}  ${Math.ceil(statSync(path).size / 1024)} KiB`);
  }
}

try {
  main();
} catch (error) {
  if (!(error instanceof BuildFailure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
