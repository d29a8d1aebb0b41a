import type { NetworkPeer } from '#model/raw-event.js';

/** Knows who has which address now. Answers at once. */
export interface PeerDirectory {
  /**
   * The pod or service at an address, however that is written. `port` is the one that was connected to there; undefined
   * when the other side is the one that connected, which no service does.
   */
  peerOf(address: string, port: number | undefined): NetworkPeer | undefined;
}
