import { randomInt } from 'node:crypto';
import { mustRun, runCommand } from './command.ts';

/** The bridge that pods of one private containerd are on. */
export interface PodNetwork {
  /** Name of the link, and of the CNI network. */
  readonly bridge: string;
  /** In CIDR notation. */
  readonly subnet: string;
  /** This machine's address on it. */
  readonly gateway: string;
}

/** Makes a bridge (its name is at most 15 characters) with a subnet in 10.0.0.0/8 that is free. */
export async function createPodNetwork(bridge: string): Promise<PodNetwork> {
  const prefix = await freePrefix();
  const network = { bridge, subnet: `${prefix}.0/24`, gateway: `${prefix}.1` };
  await mustRun('ip', ['link', 'add', 'name', bridge, 'type', 'bridge']);
  await mustRun('ip', ['address', 'add', `${network.gateway}/24`, 'dev', bridge]);
  await mustRun('ip', ['link', 'set', bridge, 'up']);
  return network;
}

/** The bridge, if it is there, and every link that is plugged into it. */
export async function linksOf(bridge: string): Promise<readonly string[]> {
  const { exitCode } = await runCommand('ip', ['link', 'show', 'dev', bridge]);
  if (exitCode !== 0) return [];
  const listed = await mustRun('ip', ['-json', 'link', 'show', 'master', bridge]);
  const ports = JSON.parse(listed || '[]') as readonly { readonly ifname?: string }[];
  return [bridge, ...ports.flatMap(({ ifname }) => ifname ?? [])];
}

/** Deletes the bridge and what is plugged into it. A link that went by itself is no error. */
export async function deletePodNetwork(bridge: string): Promise<void> {
  for (const link of (await linksOf(bridge)).toReversed()) {
    await runCommand('ip', ['link', 'delete', 'dev', link]);
  }
}

interface Block {
  readonly address: number;
  readonly bits: number;
}

/** The first three numbers of a 10.x.y.0/24 that no address and no route of this machine touches. */
async function freePrefix(): Promise<string> {
  const taken = await takenBlocks();
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const prefix = `10.${randomInt(64, 255)}.${randomInt(0, 256)}`;
    const wanted = parseBlock(`${prefix}.0/24`);
    if (!taken.some((block) => overlaps(block, wanted))) return prefix;
  }
  throw new Error('no free subnet in 10.64.0.0 to 10.254.255.255: every one tried has a route');
}

async function takenBlocks(): Promise<readonly Block[]> {
  const addresses = JSON.parse(
    await mustRun('ip', ['-json', '-4', 'address', 'show']),
  ) as readonly {
    readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
  }[];
  const routes = JSON.parse(await mustRun('ip', ['-json', '-4', 'route', 'show'])) as readonly {
    readonly dst?: string;
  }[];
  const local = addresses.flatMap(({ addr_info = [] }) =>
    addr_info.map(({ local: address, prefixlen }) => `${address}/${prefixlen}`),
  );
  const routed = routes.flatMap(({ dst }) => (dst && dst !== 'default' ? [dst] : []));
  return [...local, ...routed].map(parseBlock);
}

function parseBlock(cidr: string): Block {
  const [address = '', bits = '32'] = cidr.split('/');
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { address: value, bits: Number(bits) };
}

function overlaps(one: Block, other: Block): boolean {
  const size = 2 ** (32 - Math.min(one.bits, other.bits));
  return Math.floor(one.address / size) === Math.floor(other.address / size);
}
