import type { ResourceDefinition } from '#model/schema/resource.js';
import { jsonAnswer, type WholeAnswer } from './api-request.ts';
import { prefers } from './negotiation.ts';
import {
  aggregatedDiscovery,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
  versionDocument,
} from './schema/discovery.ts';
import { OPENAPI_V2_PROTOBUF, openApiV2Json, openApiV2Protobuf } from './schema/openapi-v2.ts';
import { openApiV3Document, openApiV3Index } from './schema/openapi-v3.ts';

type Resources = readonly ResourceDefinition[];

/** Paths that tell whether the server lives. They need no authentication. */
export const HEALTH_PATHS: readonly string[] = ['healthz', 'livez', 'readyz'];

const AGGREGATED = {
  v2: /(?=.*;as=APIGroupDiscoveryList)(?=.*;v=v2(?:;|$))/,
  v2beta1: /(?=.*;as=APIGroupDiscoveryList)(?=.*;v=v2beta1(?:;|$))/,
};

/** What the API says about itself. What takes time to make is made once, when first asked for. */
export class Documents {
  readonly #resources: Resources;
  readonly #version: string;
  readonly #made = new Map<string, WholeAnswer>();

  constructor(resources: Resources, version: string) {
    this.#resources = resources;
    this.#version = version;
  }

  /** The document at a path, or undefined. `accept` chooses between forms where there are several. */
  at(path: readonly string[], accept: string | undefined): WholeAnswer | undefined {
    const [root = '', ...rest] = path;
    if (root === 'openapi') return this.#openApi(rest, accept);
    if (root === 'api' || root === 'apis') return this.#discovery(root, rest, accept);
    if (HEALTH_PATHS.includes(root)) {
      return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'ok' };
    }
    if (rest.length > 0) return undefined;
    if (root === 'version') return jsonAnswer(200, versionDocument(this.#version));
    return root === '' ? jsonAnswer(200, { paths: this.#paths() }) : undefined;
  }

  #discovery(
    ...[root, rest, accept]: ['api' | 'apis', readonly string[], string | undefined]
  ): WholeAnswer | undefined {
    if (rest.length === 0) {
      for (const version of ['v2', 'v2beta1'] as const) {
        if (prefers(accept, AGGREGATED[version])) return this.#aggregated(root, version);
      }
      const list = root === 'api' ? coreVersions : groupList;
      return jsonAnswer(200, list(this.#resources));
    }
    const [group = '', version] = root === 'api' ? ['', ...rest] : rest;
    const document =
      version === undefined
        ? groupDocument(this.#resources, group)
        : resourceList(this.#resources, { group, version });
    return document && jsonAnswer(200, document);
  }

  #aggregated(root: 'api' | 'apis', version: 'v2' | 'v2beta1'): WholeAnswer {
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    const document = aggregatedDiscovery(this.#resources, { root, version });
    return { status: 200, headers: { 'content-type': type }, body: JSON.stringify(document) };
  }

  #openApi(
    [version, ...rest]: readonly string[],
    accept: string | undefined,
  ): WholeAnswer | undefined {
    if (version === 'v2' && rest.length === 0) {
      if (!prefers(accept, /openapi\.spec\.v2/)) {
        return this.#once('v2', () => jsonAnswer(200, openApiV2Json(this.#resources)));
      }
      return this.#once('v2 protobuf', () => ({
        status: 200,
        headers: { 'content-type': OPENAPI_V2_PROTOBUF },
        body: openApiV2Protobuf(this.#resources),
      }));
    }
    if (version !== 'v3') return undefined;
    if (rest.length === 0)
      return this.#once('v3', () => jsonAnswer(200, openApiV3Index(this.#resources)));
    const [root, group, groupsVersion, ...more] = withCoreGroup(rest);
    if (root === undefined || group === undefined || !groupsVersion || more.length > 0)
      return undefined;
    const document = openApiV3Document(this.#resources, { group, version: groupsVersion });
    return document && this.#once(`v3 ${group}/${groupsVersion}`, () => jsonAnswer(200, document));
  }

  #once(name: string, make: () => WholeAnswer): WholeAnswer {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = make();
    this.#made.set(name, made);
    return made;
  }

  #paths(): readonly string[] {
    const groups = new Set(
      this.#resources.map(({ group, version }) =>
        group === '' ? `/api/${version}` : `/apis/${group}/${version}`,
      ),
    );
    return [
      '/api',
      '/apis',
      ...groups,
      '/healthz',
      '/livez',
      '/openapi/v2',
      '/openapi/v3',
      '/readyz',
      '/version',
    ];
  }
}

/** The core group has an empty name: `api/v1` becomes `api`, ``, `v1`. */
function withCoreGroup([root, ...rest]: readonly string[]): readonly (string | undefined)[] {
  if (root === 'api') return ['api', '', ...rest];
  return root === 'apis' ? ['apis', ...rest] : [];
}
