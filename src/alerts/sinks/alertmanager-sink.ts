import type { Alert } from '#model/alert.js';
import type { Clock } from '#runtime/clock.js';
import { formatTimestamp, parseTimestamp } from '#runtime/timestamp.js';
import type { AlertSink, DeliveryOptions } from '../alert-sink.ts';
import { batchKeyOf } from '../idempotency-key.ts';
import { severityWord } from '../severity.ts';
import { HttpTarget, type HttpTargetOptions } from './http-target.ts';

/** An {@link AlertmanagerSink} and what it sends. */
export interface AlertmanagerSinkOptions extends Omit<HttpTargetOptions, 'method'> {
  readonly name: string;
  /** Value of the label `alertname`. */
  readonly alertName: string;
  /** Labels for every alert; they win over ours. */
  readonly labels: Readonly<Record<string, string>>;
  /** How long after it was sent an alert counts as over, unless it comes again. */
  readonly resolveMs: number;
  /** Address for people; the alert's key is appended as `alert=…`. */
  readonly generatorUrl?: URL | undefined;
  readonly batchSize: number;
  readonly batchDelayMs: number;
  readonly alertsPerMinute?: number | undefined;
}

/**
 * Posts alerts to the API of Alertmanager, version 2. The labels are those that group: alerts of one rule in one
 * container are one alert there, and the latest annotations count. Delivered is what was answered with 200.
 */
export class AlertmanagerSink implements AlertSink {
  readonly name: string;
  readonly batchSize: number;
  readonly batchDelayMs: number;
  readonly alertsPerMinute?: number;
  readonly #options: AlertmanagerSinkOptions;
  readonly #clock: Clock;
  readonly #target: HttpTarget;

  constructor(options: AlertmanagerSinkOptions) {
    const { name, batchSize, batchDelayMs, alertsPerMinute, clock } = options;
    this.name = name;
    this.batchSize = batchSize;
    this.batchDelayMs = batchDelayMs;
    if (alertsPerMinute !== undefined) this.alertsPerMinute = alertsPerMinute;
    this.#options = options;
    this.#clock = clock;
    this.#target = new HttpTarget({ ...options, method: 'POST' });
  }

  async deliver(alerts: readonly Alert[], { signal }: DeliveryOptions): Promise<void> {
    const nowMs = this.#clock.now();
    await this.#target.post({
      body: JSON.stringify(alerts.map((alert) => this.#postable(alert, nowMs))),
      contentType: 'application/json',
      idempotencyKey: batchKeyOf(alerts),
      signal,
    });
  }

  async close(): Promise<void> {
    this.#target.close();
  }

  #postable(alert: Alert, nowMs: number): object {
    const { alertName, labels, generatorUrl, resolveMs } = this.#options;
    // From now, not from when it happened: what waited long would be over before anyone was told.
    const startMs = Math.min(parseTimestamp(alert.timestamp) ?? nowMs, nowMs);
    return {
      labels: { ...labelsOf(alert, alertName), ...labels },
      annotations: annotationsOf(alert),
      startsAt: formatTimestamp(startMs),
      endsAt: formatTimestamp(nowMs + resolveMs),
      ...(generatorUrl && { generatorURL: urlOf(generatorUrl, alert) }),
    };
  }
}

/** What groups; a label without a value is none. */
function labelsOf(alert: Alert, alertname: string): Readonly<Record<string, string>> {
  return withoutEmpty({
    alertname,
    rule_id: alert.ruleID,
    rule_name: alert.alertName,
    severity: severityWord(alert.severity),
    cluster: alert.clusterName,
    namespace: alert.namespace,
    workload_kind: alert.workloadKind,
    workload_name: alert.workloadName,
    pod_name: alert.podName,
    container_name: alert.containerName,
    node_name: alert.nodeName,
  });
}

function annotationsOf(alert: Alert): Readonly<Record<string, string>> {
  const { processTree, identifiers, profileMetadata, arguments: values } = alert;
  return withoutEmpty({
    summary: `${alert.ruleID} ${alert.alertName}`,
    description: alert.ruleDescription,
    message: alert.message,
    reason: alert.reason.short,
    nearest: alert.reason.nearest,
    fix: alert.fixSuggestions,
    idempotency_key: alert.idempotencyKey,
    unique_id: alert.uniqueID,
    time: alert.timestamp,
    repeats: textOf(values['repeats']),
    severity_number: `${alert.severity}`,
    mitre_tactic: alert.mitreTactic,
    mitre_technique: alert.mitreTechnique,
    container_id: alert.containerID,
    pod_uid: alert.podUID,
    image: alert.image,
    host_name: alert.hostName,
    pid: textOf(alert.infectedPID),
    comm: identifiers['process']?.['name'],
    command_line: identifiers['process']?.['commandLine'],
    ancestry: alert.ancestry?.map(({ comm, pid }) => `${comm}(${pid})`).join(' < '),
    process_tree_depth: processTree && textOf(alert.processTreeDepth),
    profile_name: profileMetadata?.name,
    profile_status: profileMetadata?.status,
    profile_completion: profileMetadata?.completion,
  });
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

function withoutEmpty(
  values: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const [name, value] of Object.entries(values)) {
    // Alertmanager refuses what is not UTF-8; half a surrogate pair is not.
    if (value !== undefined && value !== '') entries.push([name, value.toWellFormed()]);
  }
  return Object.fromEntries(entries);
}

function urlOf(base: URL, { idempotencyKey }: Alert): string {
  const url = new URL(base);
  url.searchParams.set('alert', idempotencyKey);
  return url.href;
}
