interface Node<Item> {
  label: string;
  readonly children: Map<number, Node<Item>>;
  /** Of texts that go through here or end here. */
  through: Item[];
  /** Of texts that end here only. */
  ending: Item[];
  foundThrough?: readonly Item[];
  foundEnding?: readonly Item[];
}

/**
 * Finds the items of all prefixes of a text, and of the text itself, in one walk along it, however many
 * there are: a radix tree. What a walk found is kept at its last node.
 */
export class TextTree<Item> {
  readonly #root: Node<Item>;
  readonly #order: (items: Iterable<Item>) => readonly Item[];

  /** `always` are found for every text. `order` makes each answer: sorted, without repetitions. */
  constructor(always: readonly Item[], order: (items: Iterable<Item>) => readonly Item[]) {
    this.#root = nodeOf('');
    this.#root.through.push(...always);
    this.#order = order;
  }

  /** Found for texts that begin with `prefix`. Add all before the first question. */
  addPrefix(prefix: string, item: Item): void {
    this.#nodeFor(prefix).through.push(item);
  }

  /** Found for `text` alone. */
  addExact(text: string, item: Item): void {
    this.#nodeFor(text).ending.push(item);
  }

  /** The items for a text. Do not change the array: it is shared. */
  find(text: string): readonly Item[] {
    let node = this.#root;
    let at = 0;
    while (at < text.length) {
      const child = node.children.get(text.charCodeAt(at));
      if (child === undefined || !text.startsWith(child.label, at)) break;
      node = child;
      at += child.label.length;
    }
    if (at === text.length && node.ending.length > 0) {
      node.foundEnding ??= this.#collect(text, at);
      return node.foundEnding;
    }
    node.foundThrough ??= this.#collect(text.slice(0, at), undefined);
    return node.foundThrough;
  }

  /** `endsAt` is given when the text itself ends at the last node. */
  #collect(text: string, endsAt: number | undefined): readonly Item[] {
    const items: Item[] = [...this.#root.through];
    let node = this.#root;
    let at = 0;
    while (at < text.length) {
      const child = node.children.get(text.charCodeAt(at));
      if (child === undefined) break;
      node = child;
      at += child.label.length;
      items.push(...node.through);
    }
    if (endsAt !== undefined) items.push(...node.ending);
    return this.#order(items);
  }

  #nodeFor(text: string): Node<Item> {
    let node = this.#root;
    let at = 0;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      const child = node.children.get(code);
      if (child === undefined) {
        const leaf = nodeOf<Item>(text.slice(at));
        node.children.set(code, leaf);
        return leaf;
      }
      const shared = sharedLength(child.label, text, at);
      node = shared < child.label.length ? split(node, child, shared) : child;
      at += shared;
    }
    return node;
  }
}

function nodeOf<Item>(label: string): Node<Item> {
  return { label, children: new Map(), through: [], ending: [] };
}

/** How many units of `label` stand in `text` at `from`. */
function sharedLength(label: string, text: string, from: number): number {
  let length = 0;
  while (length < label.length && label.charCodeAt(length) === text.charCodeAt(from + length)) {
    length += 1;
  }
  return length;
}

/** Puts a node in front of `child` that has the first part of its label. */
function split<Item>(parent: Node<Item>, child: Node<Item>, length: number): Node<Item> {
  const front = nodeOf<Item>(child.label.slice(0, length));
  parent.children.set(child.label.charCodeAt(0), front);
  child.label = child.label.slice(length);
  front.children.set(child.label.charCodeAt(0), child);
  return front;
}
