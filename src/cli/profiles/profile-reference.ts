import { AgentError } from '#model/agent-error.js';
import type { ProfileKind } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { profileKey, profileKindOf } from '../profile-key.ts';

/** Which profile a person means. */
export type ProfileReference =
  | { readonly from: 'file'; readonly path: string; readonly name?: string }
  | { readonly from: 'container'; readonly id: string }
  | {
      readonly from: 'store';
      readonly kind: ProfileKind;
      readonly key: ObjectKey;
      readonly resourceVersion?: string;
    };

const CONTAINER = 'container:';
const FILE = /^(?:-|\.{0,2}\/.*|.*\.(?:ya?ml|json))(?:#[^#]+)?$/;

/**
 * `container:ID` of a running agent; a manifest: `-`, a path that begins with `/` or `.`, or a name that ends
 * in `.yaml`, `.yml` or `.json`, with `#NAME` when it holds several profiles; otherwise what the store has:
 * `[KIND:]NAMESPACE/NAME[@VERSION]`, a ContainerProfile when no kind is given. Throws `invalid` for anything else.
 */
export function profileReference(text: string): ProfileReference {
  if (text.startsWith(CONTAINER)) {
    const id = text.slice(CONTAINER.length);
    if (id !== '') return { from: 'container', id };
    throw new AgentError('invalid', `${text}: expected the id of a container behind the colon`);
  }
  if (FILE.test(text)) {
    const [path = '', name] = text.split('#');
    return { from: 'file', path, ...(name !== undefined && { name }) };
  }
  return stored(text);
}

function stored(text: string): ProfileReference {
  const colon = text.indexOf(':');
  const kind = colon < 0 ? 'ContainerProfile' : profileKindOf(text.slice(0, colon));
  const [key = '', resourceVersion, ...rest] = text.slice(colon + 1).split('@');
  if (rest.length > 0 || resourceVersion === '') {
    throw new AgentError('invalid', `${text}: expected NAMESPACE/NAME@VERSION`);
  }
  return {
    ...{ from: 'store', kind, key: profileKey(key) },
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}
