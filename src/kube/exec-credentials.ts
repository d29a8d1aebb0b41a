import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import * as v from 'valibot';
import { AgentError } from '#model/agent-error.js';
import { unlessAborted, withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import type { Credentials, CredentialsRequest } from './cluster-access.ts';
import { issueText } from './issue-text.ts';
import type { KubeconfigCluster, KubeconfigExec } from './kubeconfig-document.ts';

/** A plugin may have to ask a server far away. */
const BUDGET_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
const NEVER = new AbortController().signal;

const Answer = v.object({
  kind: v.literal('ExecCredential'),
  apiVersion: v.string(),
  status: v.object({
    token: v.optional(v.string()),
    clientCertificateData: v.optional(v.string()),
    clientKeyData: v.optional(v.string()),
    expirationTimestamp: v.nullish(v.string()),
  }),
});

/** Which plugin, and what it is told. */
export interface ExecOptions {
  readonly exec: KubeconfigExec;
  /** Where it stands, for messages. */
  readonly field: string;
  /** A command with a slash is relative to this one. */
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cluster: KubeconfigCluster;
  readonly clock: Clock;
}

/** Credentials that a program makes, kept until they end or are refused. It runs once for all who ask. */
export class ExecCredentials {
  readonly #options: ExecOptions;
  #kept: { readonly credentials: Credentials; readonly untilMs: number } | undefined;
  #underWay: Promise<Credentials> | undefined;

  constructor(options: ExecOptions) {
    this.#options = options;
    if (options.exec.interactiveMode === 'Always') {
      throw new AgentError(
        'invalid',
        `${options.field}.interactiveMode: expected IfAvailable or Never: there is no terminal`,
      );
    }
  }

  /** Rejects with `unavailable` when the program fails, `invalid` when its answer is no ExecCredential. */
  async credentials({ signal, refused }: CredentialsRequest): Promise<Credentials> {
    const kept = this.#kept;
    const isRefused = kept !== undefined && carries(refused, kept.credentials);
    if (kept && !isRefused && this.#options.clock.now() < kept.untilMs) return kept.credentials;
    this.#underWay ??= this.#make().finally(() => {
      this.#underWay = undefined;
    });
    return await unlessAborted({ signal, what: this.#options.field }, this.#underWay);
  }

  async #make(): Promise<Credentials> {
    const { clock, field } = this.#options;
    this.#kept = undefined;
    const budget = { clock, budgetMs: BUDGET_MS, signal: NEVER, what: field };
    const output = await withBudget(budget, (signal) => this.#run(signal));
    const made = this.#answer(output);
    this.#kept = made;
    return made.credentials;
  }

  #run(signal: AbortSignal): Promise<string> {
    const { exec, field, folder } = this.#options;
    const command = exec.command.includes('/') ? resolve(folder, exec.command) : exec.command;
    return new Promise((fulfil, reject) => {
      const options = { env: this.#environment(), maxBuffer: MAX_OUTPUT_BYTES, signal };
      const child = execFile(command, exec.args ?? [], options, (reason, stdout, stderr) => {
        if (reason === null) return fulfil(stdout);
        const hint = exec.installHint ? `; ${exec.installHint}` : '';
        const said = stderr.trim().slice(-300) || reason.message;
        const message = `${field}.command ${exec.command}: ${said}${hint}`;
        reject(new AgentError('unavailable', message, { cause: reason }));
      });
      child.stdin?.on('error', () => {});
      child.stdin?.end();
    });
  }

  #environment() {
    const { exec, environment, cluster } = this.#options;
    const info = {
      kind: 'ExecCredential',
      apiVersion: exec.apiVersion,
      spec: {
        interactive: false,
        ...(exec.provideClusterInfo && {
          cluster: {
            server: cluster.server,
            'tls-server-name': cluster['tls-server-name'],
            'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
            'certificate-authority-data': cluster['certificate-authority-data'],
          },
        }),
      },
    };
    const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
    return { ...environment, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  }

  #answer(output: string) {
    const { exec } = this.#options;
    const result = v.safeParse(Answer, jsonOf(output));
    if (!result.success) {
      const [issue] = result.issues;
      throw this.#invalid(`${v.getDotPath(issue) ?? 'it'}: ${issueText(issue)}`);
    }
    const { apiVersion, status } = result.output;
    if (apiVersion !== exec.apiVersion)
      throw this.#invalid(`apiVersion: expected ${exec.apiVersion}`);
    const { token, clientCertificateData, clientKeyData, expirationTimestamp } = status;
    if (!token && !(clientCertificateData && clientKeyData)) {
      throw this.#invalid('status: expected a token, or a certificate and its key');
    }
    const untilMs = expirationTimestamp
      ? parseTimestamp(expirationTimestamp)
      : Number.POSITIVE_INFINITY;
    if (untilMs === undefined) throw this.#invalid('status.expirationTimestamp: expected RFC 3339');
    const credentials: Credentials = {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(clientCertificateData && { clientCertificate: clientCertificateData }),
      ...(clientKeyData && { clientKey: clientKeyData }),
    };
    return { credentials, untilMs };
  }

  #invalid(problem: string): AgentError {
    const { field, exec } = this.#options;
    return new AgentError('invalid', `${field}.command ${exec.command}: its answer: ${problem}`);
  }
}

/** The refused credentials are, in part, these ones. */
function carries(refused: Credentials | undefined, made: Credentials): boolean {
  if (refused === undefined) return false;
  return (
    refused.authorization === made.authorization &&
    (made.clientCertificate === undefined || refused.clientCertificate === made.clientCertificate)
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
