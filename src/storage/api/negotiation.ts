import { refusal } from './status.ts';

/** In which form objects go out. */
export type Representation = 'object' | 'metadata' | 'table';

/** One of the media types that an `Accept` header names. */
interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const JSON_TYPES = new Set(['application/json', 'application/*', '*/*']);

const FORM_OF: ReadonlyMap<string, Representation> = new Map([
  ['PartialObjectMetadata', 'metadata'],
  ['PartialObjectMetadataList', 'metadata'],
  ['Table', 'table'],
]);

/**
 * The first form among those accepted that there is: JSON, and with `as=…;v=v1;g=meta.k8s.io` a table or
 * metadata alone. Throws `NotAcceptable` when there is none.
 */
export function representationFor(accept: string | undefined): Representation {
  for (const { type, parameters } of acceptedTypes(accept)) {
    if (!JSON_TYPES.has(type)) continue;
    const as = parameters.get('as');
    if (as === undefined) return 'object';
    const form = FORM_OF.get(as);
    if (form && parameters.get('g') === 'meta.k8s.io' && parameters.get('v') === 'v1') return form;
  }
  throw refusal(
    'NotAcceptable',
    'only the following media types are served: application/json, application/json;as=Table;v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  );
}

/** Whether `wanted` comes before plain JSON among the types of an `Accept` header. */
export function prefers(accept: string | undefined, wanted: RegExp): boolean {
  for (const { type, parameters } of acceptedTypes(accept)) {
    const text = [type, ...[...parameters].map(([name, value]) => `${name}=${value}`)].join(';');
    if (wanted.test(text)) return true;
    if (JSON_TYPES.has(type) && !parameters.has('as')) return false;
  }
  return false;
}

/** By falling quality, then as they stand. */
function acceptedTypes(accept: string | undefined): readonly MediaRange[] {
  if (accept === undefined || accept.trim() === '') {
    return [{ type: '*/*', parameters: new Map(), quality: 1 }];
  }
  return accept
    .split(',')
    .map(mediaRange)
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function mediaRange(text: string): MediaRange {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.toLowerCase(), value.replace(/^"(.*)"$/, '$1')];
    }),
  );
  const quality = Number(parameters.get('q') ?? 1) || 0;
  parameters.delete('q');
  return { type: type.toLowerCase(), parameters, quality };
}
