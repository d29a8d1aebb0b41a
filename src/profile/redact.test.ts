import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { redactArguments, redactText } from './redact.ts';

const KEY = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAB==\n-----END RSA PRIVATE KEY-----';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJl';
const GITHUB = `ghp_${'a1B2'.repeat(9)}`;
const R = '[redacted]';

type Pair = readonly [args: readonly string[], redacted: readonly string[]];

const ARGUMENTS: readonly Pair[] = [
  [
    ['app', '--password=a b'],
    ['app', `--password=${R}`],
  ],
  [
    ['app', '--password', 'hunter2', 'x'],
    ['app', '--password', R, 'x'],
  ],
  [
    ['env', 'API_TOKEN=a b', 'app'],
    ['env', `API_TOKEN=${R}`, 'app'],
  ],
  [
    ['java', '-Ddb.password=x'],
    ['java', `-Ddb.password=${R}`],
  ],
  [
    ['kubectl', 'create', '--from-literal=password=x'],
    ['kubectl', 'create', `--from-literal=password=${R}`],
  ],
  [
    ['mysql', '-uroot', '-psecret', 'db'],
    ['mysql', '-uroot', `-p${R}`, 'db'],
  ],
  [
    ['/usr/bin/mysqldump', '-psecret'],
    ['/usr/bin/mysqldump', `-p${R}`],
  ],
  [
    ['curl', '-u', 'bob:pw', 'http://x'],
    ['curl', '-u', `bob:${R}`, 'http://x'],
  ],
  [
    ['curl', '-ubob:pw'],
    ['curl', `-ubob:${R}`],
  ],
  [
    ['curl', '--user=bob:pw'],
    ['curl', `--user=bob:${R}`],
  ],
  [
    ['curl', '-H', 'Authorization: Bearer abc.def'],
    ['curl', '-H', `Authorization: Bearer ${R}`],
  ],
  [
    ['curl', '-H', 'X-Api-Key: abc'],
    ['curl', '-H', `X-Api-Key: ${R}`],
  ],
  [
    ['curl', '-d', '{"password":"a","user":"b"}'],
    ['curl', '-d', `{"password":"${R}","user":"b"}`],
  ],
  [
    ['curl', 'https://h/?token=a&x=b'],
    ['curl', `https://h/?token=${R}&x=b`],
  ],
  [
    ['psql', 'postgres://u:p@ss@h/db'],
    ['psql', `postgres://u:${R}@h/db`],
  ],
  [
    ['redis', 'redis://:p@h'],
    ['redis', `redis://:${R}@h`],
  ],
  [
    ['sshpass', '-p', 'x', 'ssh', '-p', '22', 'h'],
    ['sshpass', '-p', R, 'ssh', '-p', '22', 'h'],
  ],
  [
    ['docker', 'login', '-u', 'me', '-p', 'x'],
    ['docker', 'login', '-u', 'me', '-p', R],
  ],
  [
    ['redis-cli', '-a', 'x', 'GET', 'k'],
    ['redis-cli', '-a', R, 'GET', 'k'],
  ],
  [
    ['openssl', 'enc', '-pass', 'pass:x'],
    ['openssl', 'enc', '-pass', `pass:${R}`],
  ],
  [
    ['smbclient', '-U', 'me%pw'],
    ['smbclient', '-U', `me%${R}`],
  ],
  [
    ['aws', 'AKIAIOSFODNN7EXAMPLE'],
    ['aws', R],
  ],
  [
    ['app', JWT, GITHUB],
    ['app', R, R],
  ],
  [
    ['app', `key:${KEY}`],
    ['app', `key:${R}`],
  ],
  [
    ['sh', '-c', `PASSWORD=x mysql -p'a b' && TOKEN="q r" run --token "z z"; ls -la`],
    ['sh', '-c', `PASSWORD=${R} mysql -p${R} && TOKEN=${R} run --token ${R}; ls -la`],
  ],
  [
    ['sh', '-c', 'eval "mysql -px"'],
    ['sh', '-c', `eval "mysql -p${R}"`],
  ],
];

const UNTOUCHED: readonly (readonly string[])[] = [
  ['nginx', '-g', 'daemon off;'],
  ['ssh', '-p', '22', 'host'],
  ['mkdir', '-p', '/a/b'],
  ['mysql', '-p'],
  ['psql', '-p', '5432'],
  ['docker', 'run', '-p', '80:80', 'org/my-token:1.2'],
  ['curl', '-u', 'bob', 'http://host:8080/path@x'],
  ['app', '--password', '--verbose'],
  ['app', '--password', '$PASSWORD', `--token=\${TOKEN}`],
  ['app', '--password-file', '/run/secrets/x', '--token-ttl=5m'],
  ['env', 'PWD=/app', 'MODE=on'],
  ['kubectl', 'get', 'secret', 'my-secret'],
  ['java', '-classpath', '/a.jar:/b.jar', 'Main'],
  ['sh', '-c', 'for f in /etc/*.conf; do cat "$f"; done'],
  ['git', 'show', 'ghp_short', 'AKIA'],
  [],
];

describe('redactArguments', () => {
  for (const [args, redacted] of ARGUMENTS) {
    it(`redacts ${args.join(' ').slice(0, 60).replaceAll('\n', ' ')}`, () => {
      assert.deepEqual(redactArguments(args), redacted);
    });
  }

  for (const args of UNTOUCHED) {
    it(`returns ${args.join(' ') || 'no arguments'} as they are`, () => {
      assert.equal(redactArguments(args), args);
    });
  }

  it('returns redacted arguments as they are', () => {
    for (const [, redacted] of ARGUMENTS) assert.equal(redactArguments(redacted), redacted);
  });
});

describe('redactText', () => {
  it('redacts a command line as its arguments', () => {
    assert.equal(redactText('mysql -psecret db'), `mysql -p${R} db`);
    assert.equal(redactText('app --password hunter2\nnext'), `app --password ${R}\nnext`);
  });

  it('takes every command of a line for its own', () => {
    assert.equal(redactText('mysql -u x; ssh -p22 h'), 'mysql -u x; ssh -p22 h');
    assert.equal(redactText('ls | mysql -px'), `ls | mysql -p${R}`);
    assert.equal(redactText('app --password; ls x'), 'app --password; ls x');
  });

  it('leaves a text without secrets as it is', () => {
    const text = 'for f in $(ls "/a b");\tdo\n echo \'x\' "y" `date`; done & unclosed "quote';
    assert.equal(redactText(text), text);
  });

  it('redacts a key that is cut off to its end', () => {
    assert.equal(redactText('x -----BEGIN PRIVATE KEY-----\nMII'), `x ${R}`);
  });
});

/** Pieces that rules look for, put together in any order. */
const pieces = fc.constantFrom(
  ...[
    '--password',
    '--password=',
    'TOKEN=',
    '-p',
    'mysql',
    'curl',
    '-u',
    'a:b',
    '://',
    'u:p@h',
    ' ',
  ],
  ...['"', "'", ';', '&&', '|', '$X', 'secret', ': ', '":"', 'Authorization', 'Bearer ', '\n', '='],
  ...[
    KEY,
    JWT,
    GITHUB,
    'docker',
    'login',
    '[redacted]',
    '[',
    ']',
    '⋯⋯',
    '/',
    'sh',
    '-c',
    '%',
    '{',
    '}',
  ],
);
const text = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''));

describe('redaction of anything', () => {
  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), (args) => {
        const once = redactArguments(args);
        assert.deepEqual(redactArguments(once), once);
      }),
      { numRuns: 3_000 },
    );
    fc.assert(
      fc.property(text, (whole) => {
        const once = redactText(whole);
        assert.equal(redactText(once), once);
      }),
      { numRuns: 3_000 },
    );
  });

  it('lets no secret through that stands behind its name', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/).map((value) => `S3cr${value}`);
    const shapes: readonly ((value: string) => readonly string[])[] = [
      (value) => ['app', `--db-password=${value}`],
      (value) => ['app', '--api-key', value],
      (value) => ['sh', '-c', `echo x && DB_PASSWORD=${value} app`],
      (value) => ['sh', '-c', `curl -H "Authorization: Basic ${value}" http://x`],
      (value) => ['app', `amqp://user:${value}@host/`],
      (value) => ['mysql', `-p${value}`],
      (value) => ['app', `{"auth": {"client_secret" : "${value}"}}`],
    ];
    fc.assert(
      fc.property(secret, fc.constantFrom(...shapes), (value, shape) => {
        assert.ok(!redactArguments(shape(value)).join(' ').includes(value));
      }),
    );
  });

  it('keeps the number of arguments', () => {
    fc.assert(fc.property(fc.array(text), (args) => redactArguments(args).length === args.length));
  });

  it('takes time in proportion to the length, whatever is repeated', () => {
    const repeated = ['a.', 'eyJ', '://a:', 'a=', '"\'', 'token: ', '"', ' ', "'a' ", 'password='];
    for (const piece of [...repeated, '-----BEGIN PRIVATE KEY-----', 'authorization ', 'bearer ']) {
      // Quadratic work on this length would take minutes; the test runner's patience is the bound.
      const evil = piece.repeat(200_000 / piece.length);
      redactText(evil);
      redactArguments([evil, evil]);
    }
  });
});
