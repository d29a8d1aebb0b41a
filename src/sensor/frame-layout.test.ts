import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOST_CGROUP_ID } from '#model/container.js';
import { EVENT_TYPES } from '#model/raw-event.js';
import {
  ADDRESS_BYTES,
  COMM_BYTES,
  EVENT_TYPE_CAPACITY,
  FRAME_FLAG,
  FRAME_KIND,
  FRAME_MAGIC,
  MAX_FRAME_BYTES,
  OFFSET,
  OPEN_PREFIX,
  SOCKET_OFFSET,
} from './frame-layout.ts';
import { readRecordHeader } from './testing/record-header.ts';

const { constants, structs } = readRecordHeader(new URL('./ebpf/records.h', import.meta.url));

const structOf = (name: string) => structs.get(name) ?? assert.fail(`no struct ${name}`);
const offsetOf = (struct: string, field: string) =>
  structOf(struct).fields.get(field)?.offset ?? assert.fail(`no field ${struct}.${field}`);
const sizeOf = (struct: string) => structOf(struct).size;

/** The offsets of all fields of a struct but those that are reserved, by the names that we give them. */
function offsetsOf(struct: string, leftOut: readonly string[] = []): Record<string, number> {
  const named = [...structOf(struct).fields].filter(
    ([name]) => name !== 'reserved' && !leftOut.includes(name),
  );
  return Object.fromEntries(named.map(([name, { offset }]) => [camel(name), offset]));
}

function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

describe('the layout of frames', () => {
  it('has every field of every record of records.h where that has it', () => {
    const event = ['event'];
    const record = ['record'];
    assert.deepEqual(OFFSET.frame, offsetsOf('record_header'));
    assert.deepEqual(OFFSET.event, offsetsOf('event_header', record));
    assert.deepEqual(OFFSET.exec, {
      ...offsetsOf('exec_record', event),
      args: sizeOf('exec_record'),
    });
    assert.deepEqual(OFFSET.open, {
      ...offsetsOf('open_record', event),
      base: sizeOf('open_record'),
    });
    assert.deepEqual(OFFSET.fork, {
      ...offsetsOf('fork_record', event),
      end: sizeOf('fork_record'),
    });
    assert.deepEqual(OFFSET.exit, {
      ...offsetsOf('exit_record', event),
      end: sizeOf('exit_record'),
    });
    assert.deepEqual(OFFSET.capability, {
      ...offsetsOf('capability_record', event),
      end: sizeOf('capability_record'),
    });
    assert.deepEqual(OFFSET.syscall, {
      ...offsetsOf('syscall_record', event),
      end: sizeOf('syscall_record'),
    });
    assert.deepEqual(SOCKET_OFFSET, offsetsOf('socket_ends'));
    assert.deepEqual(OFFSET.network, {
      ...offsetsOf('network_record', event),
      end: sizeOf('network_record'),
    });
    assert.deepEqual(OFFSET.payload, {
      ...offsetsOf('payload_record', event),
      bytes: sizeOf('payload_record'),
    });
    assert.deepEqual(OFFSET.act, {
      ...offsetsOf('act_record', event),
      texts: sizeOf('act_record'),
    });
    assert.deepEqual(OFFSET.cgroup, {
      ...offsetsOf('cgroup_record', record),
      name: sizeOf('cgroup_record'),
    });
    assert.deepEqual(OFFSET.lost, {
      ...offsetsOf('lost_record', record),
      entries: sizeOf('lost_record'),
    });
    assert.deepEqual(OFFSET.lostEntry, {
      ...offsetsOf('lost_entry'),
      end: sizeOf('lost_entry'),
    });
    assert.deepEqual(OFFSET.suppressed, {
      ...offsetsOf('suppressed_record', record),
      end: sizeOf('suppressed_record'),
    });
    assert.deepEqual(OFFSET.totals, {
      ...offsetsOf('totals_record', record),
      end: sizeOf('totals_record'),
    });
  });

  it('numbers events as records.h does, in the order of the model', () => {
    for (const [index, type] of EVENT_TYPES.entries()) {
      assert.equal(constants.get(`EVENT_${type.toUpperCase()}`), index, type);
      assert.equal(FRAME_KIND[type], (constants.get('FIRST_EVENT') ?? 0) + index, type);
    }
    assert.equal(constants.get('EVENT_INDEX_COUNT'), EVENT_TYPES.length);
    assert.equal(constants.get('EVENT_INDEX_CAPACITY'), EVENT_TYPE_CAPACITY);
  });

  it('has the other kinds, the flags and the sizes of records.h', () => {
    for (const kind of ['ready', 'cgroup', 'lost', 'totals', 'suppressed'] as const) {
      assert.equal(constants.get(`RECORD_${kind.toUpperCase()}`), FRAME_KIND[kind], kind);
    }
    assert.deepEqual(
      FRAME_FLAG,
      Object.fromEntries(
        [...constants].filter(([name]) => FLAGS[name]).map(([name, value]) => [FLAGS[name], value]),
      ),
    );
    assert.equal(constants.get('RECORD_MAGIC'), FRAME_MAGIC);
    assert.equal(constants.get('COMM_SIZE'), COMM_BYTES);
    assert.equal(constants.get('HOST_CGROUP_ID'), HOST_CGROUP_ID);
    assert.equal(structOf('socket_ends').fields.get('remote_address')?.size, ADDRESS_BYTES);
    assert.equal(constants.get('MAX_PREFIXES'), OPEN_PREFIX.count);
    assert.equal(constants.get('PREFIX_CAPACITY'), OPEN_PREFIX.bytes);
    assert.equal(offsetOf('exec_record', 'event'), 0);
  });

  it('has room for the largest record', () => {
    const path = constants.get('PATH_CAPACITY') ?? assert.fail('no PATH_CAPACITY');
    assert.ok(sizeOf('act_record') + 6 * path <= MAX_FRAME_BYTES);
    assert.ok(sizeOf('lost_record') + 2_700 * sizeOf('lost_entry') <= MAX_FRAME_BYTES);
  });
});

const FLAGS: Readonly<Record<string, string>> = {
  EVENT_SETUP: 'setup',
  EVENT_UPPER_LAYER: 'upperLayer',
  EXEC_PARENT_UPPER_LAYER: 'parentUpperLayer',
  EXEC_ARGS_TRUNCATED: 'argsTruncated',
  EVENT_INBOUND: 'inbound',
  EVENT_TEXT_TRUNCATED: 'textTruncated',
};
