import type { Schema } from './schema.ts';
import { flag, listOf, record, text, texts } from './schema-parts.ts';

const wide = (description: string): Schema => ({ type: 'integer', format: 'int64', description });

const syscallArg = record(
  'One condition on an argument of the system calls.',
  {
    index: wide('Which argument, from 0.'),
    value: wide('The value to compare with.'),
    valueTwo: wide('The second value, for operators that take two.'),
    op: text('The comparison, for example SCMP_CMP_EQ.'),
  },
  ['index', 'op'],
);

const syscall = record(
  'What to do for some system calls.',
  {
    names: texts('Names of the system calls.'),
    action: text('What to do, for example SCMP_ACT_ALLOW.'),
    errnoRet: wide('The error number to return, for actions that return one.'),
    args: listOf(syscallArg, 'Conditions that must all hold.'),
  },
  ['names', 'action'],
);

/** A seccomp profile of one container (`SingleSeccompProfile`). */
export function seccompProfile(description: string): Schema {
  return {
    ...record(description, {
      name: text('Name of the container that it is for.'),
      path: text('Where it stands on the node, relative to the seccomp folder of the kubelet.'),
      spec: record(
        'The profile itself.',
        {
          disabled: flag('True: it is not to be put on nodes.'),
          baseProfileName: text('Name of a profile whose rules come before these.'),
          defaultAction: text('What to do for system calls that no rule names.'),
          architectures: texts('Architectures of the system calls, for example SCMP_ARCH_X86_64.'),
          listenerPath: text('Socket that SCMP_ACT_NOTIFY tells.'),
          listenerMetadata: text('Text that goes to the listener.'),
          syscalls: listOf(syscall, 'Rules for system calls.'),
          flags: texts('Flags of the seccomp call.'),
        },
        ['defaultAction'],
      ),
    }),
    nullable: true,
  };
}
