import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Files of a certificate that vouches for itself. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

/** Why no certificates can be made here, for `skip`. */
export function noCertificates(): string | false {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'openssl is not here';
  }
}

/** A folder of certificates made by openssl. */
export class Certificates {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Certificates> {
    return new Certificates(await mkdtemp(join(tmpdir(), 'hullwatch-sinks-')));
  }

  /** One for a name, and for 127.0.0.1. */
  make(name: string): Certificate {
    const certificate = join(this.folder, `${name}.crt`);
    const key = join(this.folder, `${name}.key`);
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
        ...['-keyout', key, '-out', certificate, '-days', '2', '-subj', `/CN=${name}`],
        ...['-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`],
      ],
      { stdio: 'ignore' },
    );
    return { certificate, key };
  }

  read(path: string): Promise<string> {
    return readFile(path, 'utf8');
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
