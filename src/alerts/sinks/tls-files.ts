import { readFile } from 'node:fs/promises';

/** PEM files for TLS. */
export interface TlsFiles {
  /** Who is trusted; absent: whom Node trusts. */
  readonly ca?: string | undefined;
  /** Who we are, with `key`. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the receiver's certificate has to bear, when it is not the one in the address. */
  readonly serverName?: string | undefined;
}

/** What Node's `tls` takes. */
export interface TlsSecrets {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** Read for every connection or request, so that files can be renewed. Rejects when one cannot be read. */
export async function readTlsFiles(files: TlsFiles | undefined): Promise<TlsSecrets> {
  if (files === undefined) return {};
  const read = async (path: string | undefined) => path && (await readFile(path, 'utf8'));
  const [ca, cert, key] = await Promise.all([files.ca, files.certificate, files.key].map(read));
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(files.serverName && { servername: files.serverName }),
  };
}
