import { isRecord } from '#profile/is-record.js';
import type { ReflectorListener } from '../reflector-replica.ts';

type Labels = Readonly<Record<string, string>>;

interface LabelledNamespace {
  readonly name: string;
  readonly labels: Labels;
}

/** What a reflector needs to keep {@link NamespaceLabels} up to date. */
export interface NamespaceLabelsFeed extends ReflectorListener<LabelledNamespace> {
  readonly path: string;
  readonly metadataOnly: boolean;
}

/** The labels of the cluster's namespaces, as a reflector tells of them. Answers at once. */
export class NamespaceLabels {
  #byName = new Map<string, Labels>();

  get size(): number {
    return this.#byName.size;
  }

  /** For a reflector: of each namespace the metadata is asked for, and the labels are kept. */
  readonly feed: NamespaceLabelsFeed = {
    path: '/api/v1/namespaces',
    metadataOnly: true,
    parse: ({ metadata }) => {
      const { name, labels } = isRecord(metadata) ? metadata : {};
      return { name: String(name), labels: textsOf(labels) };
    },
    onReplace: (namespaces) => {
      const known = this.#byName;
      this.#byName = new Map();
      for (const { name, labels } of namespaces) this.#set(name, labels, known.get(name));
    },
    onEvent: ({ type, item: { name, labels } }) => {
      if (type === 'deleted') this.#byName.delete(name);
      else this.#set(name, labels, this.#byName.get(name));
    },
  };

  /** Undefined of a namespace that is not known (yet). The same object until its labels change. */
  labelsOf(namespace: string): Labels | undefined {
    return this.#byName.get(namespace);
  }

  #set(name: string, labels: Labels, known: Labels | undefined): void {
    const isSame = known !== undefined && JSON.stringify(known) === JSON.stringify(labels);
    this.#byName.set(name, isSame ? known : labels);
  }
}

function textsOf(value: unknown): Labels {
  if (!isRecord(value)) return {};
  const texts = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}
