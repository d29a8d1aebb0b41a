import type { NetworkPeer } from '#model/raw-event.js';
import { parseIpAddress, parseIpNetwork, sharedBits } from '#profile/ip-address.js';
import type { ReflectorListener } from '../reflector-replica.ts';
import { AddressClaims } from './address-claims.ts';
import { type PeerPod, parsePeerPod } from './peer-pod.ts';
import { type PeerService, parsePeerService } from './peer-service.ts';

/** What a reflector needs to keep {@link ClusterPeers} up to date with one kind of object. */
interface PeersFeed<T> extends ReflectorListener<T> {
  readonly path: string;
  readonly streamingList: boolean;
  readonly fieldSelector?: string;
}

/** Pods, or services, of which no more is kept than this; a cluster is said to have at most 150,000 and 10,000. */
const MAX_OBJECTS = 150_000;

/**
 * Private networks, as `net.is_private_ip` has them. An address beyond them must stay the thing that a neighbor is known by, although a pod has it:
 * rules ask for public addresses in profiles, and a neighbor that is described by labels has none there.
 */
const INSIDE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']
  .map(parseIpNetwork)
  .filter((network) => network !== undefined);

/**
 * Who has which address in the cluster: its pods and services, as two reflectors tell of them. Answers at once. Of pods that claim
 * one address it is the one that began last. A pod on its node's network has none of its own, and is never told.
 */
export class ClusterPeers {
  readonly #pods = new AddressClaims<PeerPod>();
  readonly #services = new AddressClaims<PeerService>();

  /** Addresses that are known. */
  get size(): number {
    return this.#pods.size + this.#services.size;
  }

  /** Of all nodes: the other side of a connection may be on any. */
  readonly pods: PeersFeed<PeerPod> = {
    path: '/api/v1/pods',
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
    streamingList: true,
    parse: parsePeerPod,
    onReplace: (pods) => {
      this.#pods.clear();
      for (const pod of pods.slice(0, MAX_OBJECTS)) this.#putPod(pod);
    },
    onEvent: ({ type, item }) => {
      if (type === 'deleted') this.#pods.remove(item.uid);
      else this.#putPod(item);
    },
  };

  readonly services: PeersFeed<PeerService> = {
    path: '/api/v1/services',
    streamingList: true,
    parse: parsePeerService,
    onReplace: (services) => {
      this.#services.clear();
      for (const service of services.slice(0, MAX_OBJECTS)) this.#putService(service);
    },
    onEvent: ({ type, item }) => {
      if (type === 'deleted') this.#services.remove(item.uid);
      else this.#putService(item);
    },
  };

  /**
   * The pod that has the address, else the service whose own it is, at whatever port. Without a port only pods are meant:
   * services do not connect to anybody.
   */
  peerOf(address: string, port: number | undefined): NetworkPeer | undefined {
    const pods = this.#pods.of(address);
    const pod = pods.length > 1 ? newestOf(pods) : pods[0];
    if (pod !== undefined || port === undefined) return pod?.peer;
    return this.#services.of(address)[0]?.peer;
  }

  #putPod(pod: PeerPod): void {
    if (this.#pods.size < MAX_OBJECTS) this.#pods.put(pod.uid, pod, insideOf(pod.addresses));
    else this.#pods.remove(pod.uid);
  }

  #putService(service: PeerService): void {
    const { uid, addresses } = service;
    if (this.#services.size < MAX_OBJECTS) this.#services.put(uid, service, insideOf(addresses));
    else this.#services.remove(uid);
  }
}

function insideOf(addresses: readonly string[]): readonly string[] {
  return addresses.filter((address) => isInside(address));
}

function isInside(text: string): boolean {
  const address = parseIpAddress(text);
  return INSIDE.some(({ base, bits }) => address && sharedBits(address, base) >= bits);
}

function newestOf(pods: readonly PeerPod[]): PeerPod | undefined {
  return [...pods].sort((a, b) => a.startedAtMs - b.startedAtMs).at(-1);
}
