import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EVENT_TYPES } from '#model/raw-event.js';
import {
  ESSENTIAL_PROGRAMS,
  judgeSkipped,
  PROGRAM_EVENTS,
  typesNotTold,
} from './program-surfaces.ts';

const ALL = new Set(Object.keys(PROGRAM_EVENTS));
const allBut = (...names: readonly string[]) => new Set([...ALL].filter((n) => !names.includes(n)));

describe('PROGRAM_EVENTS', () => {
  it('has the programs of the kernel side, and no others', () => {
    const folder = fileURLToPath(new URL('./ebpf/', import.meta.url));
    const sources = globSync(`${folder}*.bpf.{c,h}`).map((path) => readFileSync(path, 'utf8'));
    const program =
      /SEC\("(?:tp|tp_btf|raw_tp|kprobe)\/[^"]+"\)\s+int (?:BPF_K?PRO(?:G|BE)\()?(\w+)/g;
    const names = sources.flatMap((text) => [...text.matchAll(program)].map(([, name]) => name));
    assert.deepEqual([...new Set(names)].sort(), [...ALL].sort());
  });

  it('needs the programs that the loader needs', () => {
    const source = readFileSync(new URL('./ebpf/programs.c', import.meta.url), 'utf8');
    const list = /ESSENTIAL\[\] = \{([^}]*)\}/.exec(source)?.[1] ?? '';
    const names = [...list.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    assert.deepEqual(names.sort(), [...ESSENTIAL_PROGRAMS].sort());
  });

  it('has a program for every type of event', () => {
    assert.deepEqual(typesNotTold(ALL), []);
    assert.deepEqual(typesNotTold(new Set()), EVENT_TYPES);
    assert.deepEqual(typesNotTold(allBut('module_load', 'sys_setns', 'sys_init_module')), [
      'setns',
    ]);
  });
});

describe('judgeSkipped', () => {
  it('names the types of which nothing is told any more, and those of which less is', () => {
    assert.deepEqual(judgeSkipped('sys_ptrace', allBut('sys_ptrace')), {
      isEssential: false,
      isNeedless: false,
      none: ['ptrace'],
      some: [],
      meaning: 'no ptrace events are told',
    });
    assert.deepEqual(judgeSkipped('sys_sendto', new Set(['sys_connect'])), {
      isEssential: false,
      isNeedless: false,
      none: ['dns', 'http', 'ssh'],
      some: ['network'],
      meaning: 'no dns, http and ssh events are told, some network events are not told',
    });
    assert.equal(judgeSkipped('process_exec', allBut('process_exec')).isEssential, true);
  });

  it('finds nothing missed where other programs tell the same', () => {
    const nothing = {
      ...{ isEssential: false, isNeedless: true, none: [], some: [] },
      meaning: 'nothing is missed by it',
    };
    for (const [program, running] of [
      ['capability_asked', allBut('capability_asked')],
      ['capability_granted', allBut('capability_granted')],
      ['socket_read', allBut('socket_read')],
      ['sys_readv', allBut('sys_read', 'sys_readv')],
      ['module_load', allBut('module_load', 'sys_init_module')],
    ] as const) {
      assert.deepEqual(judgeSkipped(program, running), nothing, program);
    }
    const half = judgeSkipped('socket_read', allBut('socket_read', 'sys_read'));
    assert.deepEqual(half.some, ['dns', 'http', 'ssh']);
  });

  it('finds nothing missed by a call that the architecture does not have', () => {
    assert.deepEqual(judgeSkipped('sys_open', allBut('sys_open'), 'arm64').some, []);
    assert.deepEqual(judgeSkipped('sys_open', allBut('sys_open'), 'x64').some, ['open']);
    assert.deepEqual(judgeSkipped('sys_open', allBut('sys_open'), 'mips').some, ['open']);
  });

  it('says so of a program that it does not know', () => {
    assert.match(judgeSkipped('new_one', ALL).meaning, /not known/);
  });
});
