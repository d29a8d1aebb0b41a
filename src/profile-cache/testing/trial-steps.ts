import fc from 'fast-check';
import type { ProfileCompletion, ProfileStatus } from '#model/annotations.js';
import type { ProfileKind } from '#model/profile.js';
import type { Behaviour } from './scripted-profile-store.ts';

/** The containers of a trial. */
export const IDS = ['a', 'b'] as const;
export type Id = (typeof IDS)[number];
/** What an object is to a container. */
export const ROLES = ['learned', 'managed', 'authored', 'user'] as const;
export type Role = (typeof ROLES)[number];
/** Which object a role is, for a container. */
export const OBJECT: Readonly<Record<Role, (id: Id) => { kind: ProfileKind; name: string }>> = {
  learned: (id) => ({ kind: 'ContainerProfile', name: `${id}-profile` }),
  managed: (id) => ({ kind: 'ApplicationProfile', name: `ug-${id}-workload` }),
  authored: (id) => ({ kind: 'ContainerProfile', name: `mine-${id}` }),
  user: (id) => ({ kind: 'ApplicationProfile', name: `mine-${id}` }),
};

/** One thing that happens. */
export type Step =
  | { readonly do: 'add' | 'remove' | 'nudge' | 'learn' | 'identify'; readonly id: Id }
  | { readonly do: 'delete'; readonly id: Id; readonly role: Role }
  | {
      readonly do: 'put';
      readonly id: Id;
      readonly role: Role;
      readonly status: ProfileStatus;
      readonly completion: ProfileCompletion;
    }
  | { readonly do: 'behave'; readonly id: Id; readonly role: Role; readonly as: Behaviour }
  | { readonly do: 'publish'; readonly id: Id; readonly says: 'nothing' | 'waiting' | 'ended' }
  | { readonly do: 'refresh' }
  | { readonly do: 'pass'; readonly ms: number };

const id = fc.constantFrom(...IDS);
const role = fc.constantFrom(...ROLES);
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  fc.record({ delayMs: fc.integer({ min: 0, max: 12_000 }), isDeaf: fc.boolean() }),
  fc.record({ delayMs: fc.integer({ min: 0, max: 6_000 }), fail: fc.constant('unavailable') }),
  fc.constant({ hang: true }),
);
/** Anything that may happen, the frequent things more often. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add'), id }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove'), id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('nudge', 'learn', 'identify'), id }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete'), id, role }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('put'),
      id,
      role,
      status: fc.constantFrom('ready', 'completed'),
      completion: fc.constantFrom('partial', 'complete'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('behave'), id, role, as: behaviour }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('publish'),
      id,
      says: fc.constantFrom('nothing', 'waiting', 'ended'),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'refresh' } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass'),
      ms: fc.oneof(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 0, max: 40_000 })),
    }),
  },
);
