import type { EventType } from '#model/raw-event.js';
import { capabilityOfGadget, execOfGadget, syscallOfGadget } from './inspektor-gadget-events.ts';
import {
  linkOfGadget,
  moduleOfGadget,
  mountOfGadget,
  openOfGadget,
} from './inspektor-gadget-files.ts';
import { containerOfGadget, processOfGadget } from './inspektor-gadget-process.ts';
import { connectionOfGadget, dnsOfGadget } from './inspektor-gadget-sockets.ts';
import { type Base, NOTHING, type Told } from './inspektor-gadget-told.ts';
import type { LineFields } from './line-fields.ts';
import type { LineMeaning } from './line-meaning.ts';

/** The kinds of event that lines of Inspektor Gadget tell, each from a gadget of its own. */
export const GADGET_EVENT_TYPES: readonly EventType[] = [
  'exec',
  'open',
  'capabilities',
  'syscall',
  'network',
  'dns',
  'symlink',
  'hardlink',
  'kmod',
  'mount',
];

/**
 * Reads a line of `ig run GADGET -o json` or `kubectl gadget run GADGET -o json`. Lines do not name their gadget:
 * it is known by the fields that only it writes. The shapes of 2024 (process fields at the top, numbers for
 * protocols) are read like those of today. Throws `invalid` for a line of no gadget.
 *
 * Source of the fields: gadgets/NAME/gadget.yaml and program.bpf.c of inspektor-gadget/inspektor-gadget.
 */
export function parseGadgetLine(line: LineFields, nowMs: number): LineMeaning {
  const gadget = GADGETS.find(({ marks }) => marks(line));
  if (gadget === undefined) {
    return line.refuse(marksText(line), 'the fields of a gadget that is known');
  }
  if (!('read' in gadget)) return { kind: 'foreign', what: gadget.name };
  const told = gadget.read(line, processOfGadget(line, nowMs));
  if (told === NOTHING) return { kind: 'unwanted', type: gadget.type };
  return { kind: 'event', event: told, container: containerOfGadget(line) };
}

type Gadget = { readonly marks: (line: LineFields) => boolean } & (
  | { readonly name: string }
  | { readonly type: EventType; readonly read: (line: LineFields, base: Base) => Told }
);

const isSyscallLine = any('parameters', 'ret', 'code', 'code_raw');

/** Where several know a line the first has it: later marks are fields that other gadgets write too. */
const GADGETS: readonly Gadget[] = [
  { marks: all('linkpath', 'target'), type: 'symlink', read: linkOfGadget },
  { marks: all('param_values'), type: 'kmod', read: moduleOfGadget },
  { marks: all('bound_dev_if'), name: 'trace_bind' },
  { marks: all('buf', 'operation'), name: 'trace_ssl' },
  { marks: all('dest', 'fs'), type: 'mount', read: mountOfGadget },
  { marks: any('qr', 'qr_raw'), type: 'dns', read: dnsOfGadget },
  { marks: any('cap', 'cap_raw'), type: 'capabilities', read: capabilityOfGadget },
  { marks: all('args'), type: 'exec', read: execOfGadget },
  { marks: any('fname', 'fpath'), type: 'open', read: openOfGadget },
  { marks: all('src.addr', 'dst.addr'), type: 'network', read: connectionOfGadget },
  {
    marks: (line) => line.has('syscall') && isSyscallLine(line),
    type: 'syscall',
    read: syscallOfGadget,
  },
  { marks: (line) => line.has('name') && line.has('netns_id'), name: 'trace_sni' },
];

function all(...paths: readonly string[]): (line: LineFields) => boolean {
  return (line) => paths.every((path) => line.has(path));
}

function any(...paths: readonly string[]): (line: LineFields) => boolean {
  return (line) => paths.some((path) => line.has(path));
}

/** The first few names of its fields, for a person. */
function marksText(line: LineFields): string {
  const names = line.names.slice(0, 6).map((name) => name.slice(0, 32));
  return names.length === 0 ? 'names' : `names (${names.join(', ')})`;
}
