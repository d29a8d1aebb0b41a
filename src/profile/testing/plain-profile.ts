import { isIPv4, isIPv6 } from 'node:net';
import type { ContainerProfileSpec, NetworkNeighbor, NetworkPort } from '#model/profile.js';
import type { ProfileNeeds, ProfileSurface } from '#model/profile-needs.js';
import type { Direction } from '#model/projected-profile.js';
import { matchesExecArgs } from '../exec-args.ts';
import { isPattern, matchesPath } from '../path-pattern.ts';

type Lists = readonly string[] | null | undefined;

/** The answers of a profile, each by a plain scan of its spec: what the compiled one is held against. */
export class PlainProfile {
  readonly #spec: ContainerProfileSpec;
  readonly #needs: ProfileNeeds;

  constructor(spec: ContainerProfileSpec, needs: ProfileNeeds) {
    this.#spec = spec;
    this.#needs = needs;
  }

  wasExecuted(path: string): boolean {
    return this.#execs().some((entry) => matchesPath(entry.path, path));
  }

  wasExecutedWithArgs(path: string, args: readonly string[]): boolean {
    return this.#execs().some(
      (entry) => matchesPath(entry.path, path) && matchesExecArgs(entry.args ?? [], args),
    );
  }

  wasPathOpened(path: string): boolean {
    return this.#opens().some((entry) => matchesPath(entry.path, path));
  }

  wasPathOpenedWithFlags(path: string, flags: readonly string[]): boolean {
    return this.#opens().some(
      (entry) => matchesPath(entry.path, path) && hasAll(entry.flags, flags),
    );
  }

  wasPathOpenedWithPrefix(prefix: string): boolean {
    const declared = this.#declares('opens', { prefix });
    return this.#openTexts(declared).some((text) => text.startsWith(prefix));
  }

  wasPathOpenedWithSuffix(suffix: string): boolean {
    const declared = this.#declares('opens', { suffix });
    return this.#openTexts(declared).some((text) => text.endsWith(suffix));
  }

  wasSyscallUsed(name: string): boolean {
    return (this.#spec.syscalls ?? []).includes(name) && this.#selects('syscalls', name);
  }

  wasCapabilityUsed(name: string): boolean {
    return (this.#spec.capabilities ?? []).includes(name) && this.#selects('capabilities', name);
  }

  wasEndpointAccessed(endpoint: string): boolean {
    return this.#endpoints().some((entry) => matchesEndpoint(entry.endpoint, endpoint));
  }

  wasEndpointAccessedWithMethods(endpoint: string, methods: readonly string[]): boolean {
    const upper = (list: Lists) => (list ?? []).map((method) => method.toUpperCase());
    return this.#endpoints().some(
      (entry) =>
        matchesEndpoint(entry.endpoint, endpoint) && hasAll(upper(entry.methods), upper(methods)),
    );
  }

  wasEndpointAccessedWithPrefix(prefix: string): boolean {
    const declared = this.#declares('endpoints', { prefix });
    return this.#endpointTexts(declared).some((text) => text.startsWith(prefix));
  }

  wasEndpointAccessedWithSuffix(suffix: string): boolean {
    const declared = this.#declares('endpoints', { suffix });
    return this.#endpointTexts(declared).some((text) => text.endsWith(suffix));
  }

  wasHostAccessed(host: string): boolean {
    if (host === '') return false;
    return this.#endpoints().some(({ endpoint = '' }) => {
      const begins = [`${host}/`, `${host}:`].some((start) => endpoint.startsWith(start));
      return endpoint === host || begins || urlHost(endpoint) === host;
    });
  }

  wasAddressIn(direction: Direction, address: string): boolean {
    return this.#neighborsWithAddress(direction, address).length > 0;
  }

  wasAddressPortProtocolIn(
    direction: Direction,
    address: string,
    [port, protocol]: readonly [number, string],
  ): boolean {
    if (port < 0 || port > 65_535) return false;
    return this.#neighborsWithAddress(direction, address).some(
      ({ ports }) => !ports?.length || ports.some((known) => isPort(known, port, protocol)),
    );
  }

  isDomainIn(direction: Direction, domain: string): boolean {
    const surface = `${direction}Domains` as const;
    return (this.#spec[direction] ?? []).some(({ dns, dnsNames }) =>
      [dns ?? '', ...(dnsNames ?? [])].some(
        (entry) =>
          matchesDomain(entry, domain) &&
          (/[*⋯]/.test(entry) ? this.#needed(surface) : this.#selects(surface, entry)),
      ),
    );
  }

  #neighborsWithAddress(direction: Direction, address: string): readonly NetworkNeighbor[] {
    const surface = `${direction}Addresses` as const;
    return (this.#spec[direction] ?? []).filter(({ ipAddress, ipAddresses }) =>
      [ipAddress ?? '', ...(ipAddresses ?? [])].some(
        (entry) =>
          holdsAddress(entry, address) &&
          (isWide(entry) ? this.#needed(surface) : this.#selects(surface, entry)),
      ),
    );
  }

  #execs() {
    return (this.#spec.execs ?? []).filter(({ path }) => this.#keepsPath('execs', path));
  }

  #opens() {
    return (this.#spec.opens ?? []).filter(({ path }) => this.#keepsPath('opens', path));
  }

  #endpoints() {
    return (this.#spec.endpoints ?? []).filter(({ endpoint = '' }) =>
      /^:0(\/|$)/.test(endpoint)
        ? this.#needed('endpoints')
        : this.#keepsPath('endpoints', endpoint),
    );
  }

  #openTexts(declared: boolean): readonly string[] {
    const all = (this.#spec.opens ?? []).map(({ path }) => path);
    const kept = this.#opens().map(({ path }) => path);
    return (declared ? all : kept.filter((path) => !isPattern(path))).filter(Boolean);
  }

  #endpointTexts(declared: boolean): readonly string[] {
    const entries = declared ? (this.#spec.endpoints ?? []) : this.#endpoints();
    return entries.flatMap(({ endpoint }) => endpoint || []);
  }

  #keepsPath(surface: ProfileSurface, path: string): boolean {
    if (path === '' || !this.#needed(surface)) return false;
    const isWritten = !path.endsWith('/') || path === '/';
    return isPattern(path) || !isWritten || this.#selects(surface, path);
  }

  #needed(surface: ProfileSurface): boolean {
    return this.#needs[surface].all || this.#needs[surface].selectors.length > 0;
  }

  #selects(surface: ProfileSurface, text: string): boolean {
    const { all, selectors } = this.#needs[surface];
    if (text === '') return false;
    return (
      all ||
      selectors.some((selector) => {
        if ('exact' in selector) return text === selector.exact;
        if ('prefix' in selector) return text.startsWith(selector.prefix);
        return 'suffix' in selector
          ? text.endsWith(selector.suffix)
          : text.includes(selector.contains);
      })
    );
  }

  #declares(surface: ProfileSurface, wanted: { prefix: string } | { suffix: string }): boolean {
    const key = JSON.stringify(wanted);
    return this.#needs[surface].selectors.some((selector) => JSON.stringify(selector) === key);
  }
}

function hasAll(known: Lists, wanted: readonly string[]): boolean {
  return !known?.length || wanted.every((item) => known.includes(item));
}

function matchesEndpoint(entry = '', asked: string): boolean {
  const port = /^:\d+(?=\/|$)/.exec(asked);
  if (port !== null && /^:0(\/|$)/.test(entry)) {
    return matchesPath(port[0] + entry.slice(2), asked);
  }
  return matchesPath(entry, asked);
}

function urlHost(endpoint: string): string | undefined {
  const parsed = /^[^:/]+:\/\/(?:[^/?#]*@)?(?:\[([^\]]*)\]|([^/?#:]*))/.exec(endpoint);
  return parsed?.[1] ?? parsed?.[2];
}

function isPort(known: NetworkPort, port: number, protocol: string): boolean {
  const isNumber = (known.port ?? port) === port;
  return isNumber && [protocol.toUpperCase(), ''].includes(known.protocol.toUpperCase());
}

function isWide(entry: string): boolean {
  const [text = '', length] = entry.split('/');
  return text === '*' || (length !== undefined && length !== (isIPv4(text) ? '32' : '128'));
}

function holdsAddress(entry: string, asked: string): boolean {
  const address = bitsOf(asked);
  if (address === undefined) return false;
  if (entry === '*') return true;
  const [text = '', length, ...rest] = entry.split('/');
  const base = bitsOf(text);
  if (base === undefined || rest.length > 0) return false;
  if (length === undefined) return base === address;
  const isV4 = !text.includes(':');
  if (!/^(0|[1-9]\d?\d?)$/.test(length) || Number(length) > (isV4 ? 32 : 128)) return false;
  const bits = Number(length) + (isV4 ? 96 : 0);
  if (bits < 96 && address.startsWith(V4_START)) return false;
  return base.slice(0, bits) === address.slice(0, bits);
}

const V4_START = '0'.repeat(80) + '1'.repeat(16);

/** The 128 bits of an address, as text; the URL parser knows how to read one. */
function bitsOf(text: string): string | undefined {
  if (isIPv4(text)) {
    return (
      V4_START +
      text
        .split('.')
        .map((part) => Number(part).toString(2).padStart(8, '0'))
        .join('')
    );
  }
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const [head = '', tail] = short.split('::');
  const groups = (part = '') => (part === '' ? [] : part.split(':'));
  const zeros = 8 - groups(head).length - groups(tail).length;
  const all = [
    ...groups(head),
    ...Array<string>(tail === undefined ? 0 : zeros).fill('0'),
    ...groups(tail),
  ];
  return all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

function matchesDomain(entry: string, asked: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/\.$/, '');
  const labels = plain(entry).split('.');
  if (labels.includes('') || plain(asked).split('.').includes('')) return false;
  if (labels.includes('**') || labels.slice(1, -1).includes('*') || plain(entry) === '*')
    return false;
  const parts = labels.map((label, i) => {
    if (label === '⋯') return '[^.]+';
    if (label === '*') return i === 0 ? '[^.]+' : '[^.]+(\\.[^.]+)*';
    return label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('\\.')}$`).test(plain(asked));
}
