/** What containerd has on record of a container, as far as we read it. */
export interface ContainerRecord {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Image reference; empty when it was made without one. */
  readonly image: string;
  /** Annotations of its OCI runtime specification. */
  readonly annotations: Readonly<Record<string, string>>;
  /** Where the specification wants its cgroup, in the form of the runtime's cgroup driver. */
  readonly cgroupsPath: string;
}

/**
 * Reads the container of an answer. Whoever made the container wrote labels and specification: what
 * has not the form it should is taken as absent, and never an error.
 */
export function containerRecord(message: unknown): ContainerRecord {
  const fields = fieldsOf(message);
  const spec = specOf(fieldsOf(fields['spec'])['value']);
  const cgroupsPath = fieldsOf(spec['linux'])['cgroupsPath'];
  return {
    id: textOf(fields['id']),
    labels: textsOf(fields['labels']),
    image: textOf(fields['image']),
    annotations: textsOf(spec['annotations']),
    cgroupsPath: textOf(cgroupsPath),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function specOf(bytes: unknown): Fields {
  if (!(bytes instanceof Uint8Array)) return {};
  try {
    return fieldsOf(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value)).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
