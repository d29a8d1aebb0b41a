import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AgentError } from '#model/agent-error.js';
import { isRecord } from '#profile/is-record.js';
import { DEFAULT_RULES_URL } from '#rules/default-rules.js';
import { RuleLanguages } from '#rules/rule-environment.js';
import { givenBindings } from '../given-bindings.ts';
import { type ListedObject, listedObjects } from '../listed-objects.ts';
import { loadTestDocument } from '../load-test-file.ts';
import { isAboutRules } from '../object-problem.ts';
import { type PlacedDocument, placedDocuments } from '../placed-document.ts';
import type { RuleTest } from '../rule-test.ts';
import type { RunnableTestFile } from '../run-test-file.ts';
import { type BrokenTest, isTestFile } from '../test-file.ts';
import type { TextFile, TextFiles } from '../text-files.ts';
import type { FieldPath } from '../yaml-spans.ts';
import { LINT_CHECKS, type LintFinding } from './lint-check.ts';
import { lintBoundRules, lintObject, type PlacedObject } from './lint-object.ts';
import { lintRule, type PlacedRule } from './lint-rule.ts';
import type { WrittenRule } from './lint-subject.ts';

const DEFAULT_RULES = fileURLToPath(DEFAULT_RULES_URL);

/** What linting found, and which files it could not look at. */
export interface LintReport {
  readonly findings: readonly LintFinding[];
  /** One for each file that cannot be used; it is among the findings too. */
  readonly unusable: readonly AgentError[];
  /** How many rules were looked at. */
  readonly rules: number;
}

/** Looks at manifests of rules and at files of rule tests, files and folders. Never rejects. */
export async function lintFiles(paths: readonly string[], files: TextFiles): Promise<LintReport> {
  const run = new LintRun(files);
  for (const path of paths) await run.take(path);
  await run.lookBeside();
  return run.report();
}

class LintRun {
  readonly #files: TextFiles;
  readonly #findings: LintFinding[] = [];
  readonly #unusable: AgentError[] = [];
  readonly #rules: PlacedRule[] = [];
  /** Manifests of rules, and bindings. */
  readonly #objects: PlacedObject[] = [];
  /** Rules that bindings may name, though nobody asked to look at them. */
  readonly #others: WrittenRule[] = [];
  /** Ids of rules that some test names. */
  readonly #tested = new Set<string>();
  readonly #ruleFiles = new Set<string>();

  constructor(files: TextFiles) {
    this.#files = files;
  }

  async take(path: string): Promise<void> {
    try {
      const read = await this.#files.read(path);
      for (const file of read) await this.#takeFile(file);
      if (read.length === 0) throw new AgentError('invalid', `${path}: there is no file in it`);
    } catch (reason) {
      this.#refuse(path, AgentError.from(reason, 'invalid'));
    }
  }

  /** Tests and rules that stand where authors keep them count, also when they were not given. */
  async lookBeside(): Promise<void> {
    const folders = new Set([...this.#ruleFiles].map((file) => dirname(file)));
    for (const folder of folders) {
      const beside = await this.#readIfThere(folder);
      const tests = await this.#readIfThere(join(folder, 'tests'));
      const named = beside.filter(({ file }) => /[.]test[.](ya?ml|json)$/.test(basename(file)));
      for (const file of [...named, ...tests]) this.#countTests(file);
      for (const file of beside) this.#noteRules(file);
    }
    for (const file of await this.#readIfThere(DEFAULT_RULES)) this.#noteRules(file);
  }

  report(): LintReport {
    const languages = new RuleLanguages();
    const known = [...this.#rules.map(({ rule }) => rule), ...this.#others];
    const findings = [
      ...this.#findings,
      ...this.#objects.flatMap((object) => [
        ...lintObject(object),
        ...lintBoundRules(object, known),
      ]),
      ...this.#rules.flatMap((rule) => lintRule(rule, languages)),
    ];
    findings.push(...this.#twins(), ...this.#untested());
    return { findings: inOrder(findings), unusable: this.#unusable, rules: this.#rules.length };
  }

  async #takeFile({ file, text }: TextFile): Promise<void> {
    try {
      const documents = placedDocuments(text, file);
      let taken = 0;
      for (const document of documents) taken += await this.#takeDocument(document, file);
      if (taken > 0) return;
      const kinds = documents.map(({ value }) => isRecord(value) && value['kind']).filter(Boolean);
      const found = [...new Set(kinds)].join(', ') || 'neither';
      throw new AgentError('invalid', `${file}: expected rules or tests of rules, found ${found}`);
    } catch (reason) {
      this.#refuse(file, AgentError.from(reason, 'invalid'));
    }
  }

  async #takeDocument(document: PlacedDocument, file: string): Promise<number> {
    const { value } = document;
    if (isTestFile(value)) {
      await this.#takeTests(document, file);
      return 1;
    }
    const objects = listedObjects(value).filter(({ object }) => isOfRules(object));
    if (objects.length === 0) return 0;
    this.#ruleFiles.add(file);
    for (const { object, path } of objects) {
      this.#objects.push({ object, path, document });
      this.#add(rulesIn({ object, path }), document);
    }
    return 1;
  }

  #add(found: readonly FoundRule[], document: PlacedDocument): void {
    for (const { rule, path } of found) {
      if (isRecord(rule)) this.#rules.push({ rule, document, path });
      else this.#find('invalid-rule', 'expected an object', document.place(path));
    }
  }

  async #takeTests(document: PlacedDocument, file: string): Promise<void> {
    const { value } = document;
    const inline = isRecord(value) && Array.isArray(value['inline']) ? value['inline'] : [];
    this.#add(
      inline.map((rule: unknown, index) => ({ rule, path: ['inline', index] })),
      document,
    );
    this.#noteTested(value);
    const loaded = await loadTestDocument(document, file, this.#files);
    const known = new Set(idsIn(loaded));
    for (const [index, test] of loaded.content.tests.entries()) {
      const at = ['tests', index];
      if ('error' in test)
        this.#find('invalid-test', afterFile(test.error.message, file), document.place(at));
      else if (!known.has(test.rule)) {
        const message = `test "${test.name}": rule: there is no rule ${test.rule} in its files`;
        this.#find('unknown-rule', message, document.place([...at, 'rule']));
      }
      this.#checkBindings(test, document.place([...at, 'bindings']));
    }
  }

  #checkBindings(test: RuleTest | BrokenTest, place: LintFinding['place']): void {
    try {
      if (!('error' in test)) givenBindings(test);
    } catch (reason) {
      const { message } = AgentError.from(reason);
      this.#find('invalid-test', `test "${test.name}": ${message}`, place);
    }
  }

  #countTests({ file, text }: TextFile): void {
    try {
      for (const { value } of placedDocuments(text, file)) this.#noteTested(value);
    } catch {
      // It was not given: whoever runs it is told.
    }
  }

  #noteRules({ file, text }: TextFile): void {
    try {
      const objects = placedDocuments(text, file).flatMap(({ value }) => listedObjects(value));
      this.#others.push(
        ...objects
          .flatMap(rulesIn)
          .map(({ rule }) => rule)
          .filter(isRecord),
      );
    } catch {
      // Nobody asked about this file.
    }
  }

  #noteTested(value: unknown): void {
    const tests = isTestFile(value) ? value['tests'] : [];
    for (const test of Array.isArray(tests) ? tests : []) {
      if (isRecord(test) && typeof test['rule'] === 'string') this.#tested.add(test['rule']);
    }
  }

  async #readIfThere(folder: string): Promise<readonly TextFile[]> {
    return await this.#files.read(folder).catch(() => []);
  }

  #twins(): readonly LintFinding[] {
    const seen = new Map<string, PlacedRule>();
    return this.#rules.flatMap((placed) => {
      const id = idOf(placed);
      if (id === undefined) return [];
      const first = seen.get(id);
      if (first === undefined) {
        seen.set(id, placed);
        return [];
      }
      const { file, line } = first.document.place(first.path);
      return [findingOn(placed, 'duplicate-id', `id: ${id} is used before, at ${file}:${line}`)];
    });
  }

  #untested(): readonly LintFinding[] {
    const isTested = (id: string | undefined) => id === undefined || this.#tested.has(id);
    return this.#rules
      .filter((placed) => !isTested(idOf(placed)))
      .map((placed) =>
        findingOn(placed, 'no-tests', 'no test of it was found, in the files given or beside them'),
      );
  }

  #refuse(file: string, error: AgentError): void {
    this.#unusable.push(error);
    const message = afterFile(error.message, file);
    const [prefix = '', line] = message.startsWith(`${file}:`)
      ? (/^:(\d+): /.exec(message.slice(file.length)) ?? [])
      : [];
    const said = prefix === '' ? message : message.slice(file.length + prefix.length);
    this.#find('unreadable', said, { file, ...(line !== undefined && { line: Number(line) }) });
  }

  #find(check: LintFinding['check'], message: string, place: LintFinding['place']): void {
    this.#findings.push({ check, level: LINT_CHECKS[check].level, message, place });
  }
}

interface FoundRule {
  readonly rule: unknown;
  readonly path: FieldPath;
}

/** What says that it is about rules, and what has no kind and rules all the same. */
function isOfRules(object: Readonly<Record<string, unknown>>): boolean {
  if (object['kind'] === undefined) return rulesIn({ object, path: [] }).length > 0;
  return isAboutRules(object);
}

/** The rules of a manifest. */
function rulesIn({ object, path }: ListedObject): readonly FoundRule[] {
  const { kind, spec } = object;
  if (kind === 'RuntimeRuleAlertBinding') return [];
  const rules = isRecord(spec) ? spec['rules'] : undefined;
  if (!Array.isArray(rules)) return [];
  return rules.map((rule: unknown, index) => ({ rule, path: [...path, 'spec', 'rules', index] }));
}

function idsIn({ objects, content }: RunnableTestFile): readonly unknown[] {
  const written = objects.flatMap(({ object }) => rulesIn({ object, path: [] }));
  return [...written.map(({ rule }) => rule), ...content.inline].map((rule) =>
    isRecord(rule) ? rule['id'] : undefined,
  );
}

function idOf({ rule: { id } }: PlacedRule): string | undefined {
  return typeof id === 'string' && id !== '' ? id : undefined;
}

function findingOn(placed: PlacedRule, check: LintFinding['check'], message: string): LintFinding {
  const { document, path } = placed;
  const rule = idOf(placed);
  const place = document.place([...path, 'id']);
  return {
    check,
    level: LINT_CHECKS[check].level,
    message,
    ...(rule !== undefined && { rule }),
    place,
  };
}

/** The message without the file it begins with, for the place says it. */
function afterFile(message: string, file: string): string {
  return message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message;
}

/** By file as it was given, then by place. */
function inOrder(findings: readonly LintFinding[]): readonly LintFinding[] {
  const files = [...new Set(findings.map(({ place }) => place.file))];
  return [...findings].sort(
    (a, b) =>
      files.indexOf(a.place.file) - files.indexOf(b.place.file) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0),
  );
}
