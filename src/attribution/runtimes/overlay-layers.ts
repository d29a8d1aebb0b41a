import { dirname, join } from 'node:path';

/**
 * The folders of the read-only layers below a container's root, the topmost first, as `/proc/<pid>/mountinfo` has them: host
 * paths. Undefined when the root is no overlay. Layers that are written relative (runtimes do so when there are many) are beside
 * the writable one.
 */
export function overlayLayers(mountinfo: string): readonly string[] | undefined {
  const line = mountinfo.split('\n').find((each) => each.split(' ')[4] === '/');
  // After the hyphen: type, source, options of the file system.
  const [type, , options] = line?.split(' - ')[1]?.split(' ') ?? [];
  return type === 'overlay' && options !== undefined ? layersOf(options) : undefined;
}

function layersOf(options: string): readonly string[] | undefined {
  const fields = splitAt(options, ',');
  const valuesOf = (name: string) =>
    fields.filter((each) => each.startsWith(name)).map((each) => each.slice(name.length));
  const [upper = ''] = valuesOf('upperdir=');
  const lowers = [
    ...valuesOf('lowerdir=').flatMap((each) => splitAt(each, ':')),
    ...valuesOf('lowerdir+='),
  ];
  const base = dirname(dirname(unescaped(upper)));
  const layers = lowers.filter((each) => each !== '').map(unescaped);
  if (layers.length === 0) return undefined;
  return layers.map((each) => (each.startsWith('/') ? each : join(base, each)));
}

/** At this sign where no backslash stands before it. */
function splitAt(text: string, sign: string): readonly string[] {
  return text.split(new RegExp(`(?<!\\\\)${sign}`));
}

/** The kernel writes blanks and backslashes as octal numbers, and overlay puts a backslash before colons and commas. */
function unescaped(text: string): string {
  const plain = text.replace(/\\([0-7]{3})/g, (_match, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return plain.replace(/\\([:,\\])/g, '$1');
}
