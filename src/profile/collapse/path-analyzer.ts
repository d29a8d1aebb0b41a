import { ANY_SEGMENTS, collapseAdjacentSegments, ONE_SEGMENT } from '../path-pattern.ts';
import { cleanPath } from './clean-path.ts';
import type { PathThresholds } from './path-thresholds.ts';

/** One segment. `count` is how many children were added to it, and to those that were merged into it. */
interface PathNode {
  readonly name: string;
  readonly children: Map<string, PathNode>;
  count: number;
}

/**
 * Learns which segments of paths vary. A folder with more children than its threshold gets one child `⋯` in
 * their place; below it their children are united. It is told paths one by one and answers each with
 * the form that it has by then, so the answers settle once all paths were told.
 *
 * Where several of the united children have a child of one name, its own children count once for
 * each: `/data/a/log/x`, `/data/b/log/x` … become `/data/⋯/log/⋯` at once.
 *
 * Time and memory are linear in the length of the paths. Source: PathAnalyzer of the public storage
 * component.
 */
export class PathAnalyzer {
  readonly #thresholds: PathThresholds;
  readonly #roots = new Map<string, PathNode>();
  #hasPatterns = false;

  constructor(thresholds: PathThresholds) {
    this.#thresholds = thresholds;
  }

  /**
   * Adds a path to those of a kind (an `identifier`: paths of different ones do not meet) and returns
   * its form: cleaned, `⋯` in place of a segment that varies, `*` in place of adjacent ones and of everything
   * below a folder whose threshold is 1.
   */
  analyze(path: string, identifier: string): string {
    const clean = cleanPath(path);
    const thresholdAt = this.#thresholds.along(clean);
    const names: string[] = [];
    let node = this.#rootOf(identifier);
    // What stands in no folder is never collapsed.
    let threshold = Number.POSITIVE_INFINITY;
    let end = -1;
    for (const segment of clean.split('/')) {
      end += segment.length + 1;
      node = this.#childOf(node, segment, threshold);
      threshold = thresholdAt(end);
      if (node.count > threshold && !node.children.has(ONE_SEGMENT)) this.#unite(node);
      names.push(node.name);
      if (node.name === ANY_SEGMENTS) break;
    }
    return this.#hasPatterns ? collapseAdjacentSegments(names.join('/')) : clean;
  }

  /** True once any path has, or may have, a form that is not itself. */
  get hasPatterns(): boolean {
    return this.#hasPatterns;
  }

  #childOf(node: PathNode, segment: string, threshold: number): PathNode {
    const one = node.children.get(ONE_SEGMENT);
    if (segment === ONE_SEGMENT) return one ?? this.#unite(node);
    const any = node.children.get(ANY_SEGMENTS);
    if (any !== undefined) return any;
    if (one !== undefined) return one;
    const literal = node.children.get(segment);
    if (literal !== undefined) return literal;
    const name = threshold === 1 ? ANY_SEGMENTS : segment;
    if (name !== segment) node.children.clear();
    const child = newNode(name);
    node.children.set(name, child);
    node.count += 1;
    // A child too many becomes visible when its folder is next passed.
    if (node.count > threshold || name === ANY_SEGMENTS) this.#hasPatterns = true;
    return child;
  }

  /** Puts one `⋯` in place of the children; what was below any of them is below it. */
  #unite(node: PathNode): PathNode {
    this.#hasPatterns = true;
    const united = newNode(ONE_SEGMENT);
    for (const child of node.children.values()) moveChildren(child, united);
    united.count = united.children.size;
    node.children.clear();
    node.children.set(ONE_SEGMENT, united);
    node.count = 1;
    return united;
  }

  #rootOf(identifier: string): PathNode {
    const known = this.#roots.get(identifier);
    if (known !== undefined) return known;
    const root = newNode('');
    this.#roots.set(identifier, root);
    return root;
  }
}

function newNode(name: string): PathNode {
  return { name, children: new Map(), count: 0 };
}

/** Without recursion: paths may be as deep as they like. Every node is moved or dropped once. */
function moveChildren(from: PathNode, into: PathNode): void {
  const open: [PathNode, PathNode][] = [[from, into]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [source, target] = pair;
    for (const child of source.children.values()) {
      const known = target.children.get(child.name);
      if (known === undefined) {
        target.children.set(child.name, child);
        continue;
      }
      known.count += child.count;
      open.push([child, known]);
    }
  }
}
