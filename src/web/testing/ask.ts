import { request } from 'node:http';

/** An answer, whole. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Asks a server by its `url`, also one on a unix socket, which `fetch` cannot. The path goes as it is; what is sent goes by POST. */
export function ask(
  url: string,
  path: string,
  sending: string | { readonly type: string; readonly body: string } = 'GET',
): Promise<Answered> {
  const where = url.startsWith('unix:')
    ? { socketPath: url.slice('unix:'.length), host: 'localhost' }
    : { host: new URL(url).hostname.replace(/[[\]]/g, ''), port: new URL(url).port };
  return new Promise((resolve, reject) => {
    const how =
      typeof sending === 'string'
        ? { method: sending }
        : { method: 'POST', headers: { 'content-type': sending.type } };
    const sent = request({ ...where, path, ...how, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    sent.on('error', reject);
    sent.end(typeof sending === 'string' ? undefined : sending.body);
  });
}
