const MAX_PORT = 65_535;

/** What is asked of the ports beside a neighbor. What is left out is not asked. */
export interface PortQuestion {
  readonly port?: number | undefined;
  readonly protocol?: string | undefined;
}

/** Whether a list has all of the items; an empty one allows any. */
export function listHasAll(list: readonly string[], items: readonly string[]): boolean {
  return list.length === 0 || items.every((item) => list.includes(item));
}

/** Whether a list of ports ({@link portText}) has that port and protocol; an empty one allows any. */
export function listAllowsPort(list: readonly string[], { port, protocol }: PortQuestion): boolean {
  if (port !== undefined && !isPort(port)) return false;
  const wanted = protocol?.toUpperCase();
  return (
    list.length === 0 ||
    list.some((text) => {
      const [number, name] = text.split('/', 2);
      const isNumber = port === undefined || number === '*' || number === `${port}`;
      return isNumber && (wanted === undefined || name === undefined || name === wanted);
    })
  );
}

/** True from 0 to 65535. */
export function isPort(port: number): boolean {
  return port >= 0 && port <= MAX_PORT;
}

/** A port as it stands beside a neighbor: `443/TCP`, `*` in place of no port, no protocol left out. */
export function portText(port: number | null | undefined, protocol: string): string {
  const number = port ?? '*';
  return protocol === '' ? `${number}` : `${number}/${protocol.toUpperCase()}`;
}
