import { AgentError } from '#model/agent-error.js';
import { PROFILE_API_VERSION } from '#model/profile.js';
import {
  type CollapseSettings,
  collapseSettingsFrom,
} from '#profile/collapse/collapse-settings.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { ApiClient, JsonObject } from './api-client.ts';

/** The one object whose settings hold, for the whole cluster. */
const PATH = `/apis/${PROFILE_API_VERSION}/collapseconfigurations/default`;

/** What it is read with. */
export interface CollapseConfigurationParts {
  readonly client: Pick<ApiClient, 'get' | 'exists'>;
  readonly log: Logger;
}

/** The CollapseConfiguration `default` of a cluster. */
export class CollapseConfiguration {
  readonly #parts: CollapseConfigurationParts;
  /** The version that was understood last, and what came of it. */
  #known: { readonly version: string; readonly settings: CollapseSettings | undefined } | undefined;

  constructor(parts: CollapseConfigurationParts) {
    this.#parts = parts;
  }

  /**
   * The settings that hold now. Undefined for the defaults: there is no such object, its kind is not served, or it
   * cannot be used, which is a warning for each version. Rejects as `ApiClient.get` does when nothing is known of it:
   * what is collapsed by a wrong number is lost.
   */
  async read(signal: AbortSignal): Promise<CollapseSettings | undefined> {
    const object = await this.#object(signal);
    if (object === undefined) return undefined;
    const { resourceVersion } = Object(object['metadata']) as Readonly<Record<string, unknown>>;
    const version = String(resourceVersion ?? '');
    if (this.#known?.version !== version) {
      this.#known = { version, settings: this.#settings(object['spec'], version) };
    }
    return this.#known.settings;
  }

  #settings(spec: unknown, resourceVersion: string): CollapseSettings | undefined {
    try {
      return collapseSettingsFrom(spec);
    } catch (reason) {
      this.#parts.log.warn('CollapseConfiguration default cannot be used: the defaults hold', {
        resourceVersion,
        ...errorFields(reason),
      });
      return undefined;
    }
  }

  async #object(signal: AbortSignal): Promise<JsonObject | undefined> {
    const { client } = this.#parts;
    try {
      return await client.get(PATH, { signal });
    } catch (reason) {
      const { code } = AgentError.from(reason);
      if (code === 'not-found') return undefined;
      // The kind may be missing: its definition is one that nobody needs.
      if (code === 'unavailable' && !(await client.exists(PATH, { signal }))) return undefined;
      throw reason;
    }
  }
}
