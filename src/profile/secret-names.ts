/** Words that make a name the name of a secret, after it was split at case changes and lower-cased. */
const SECRET_WORD =
  /passw(?:or)?d|passphrase|(?:^|[-_.])(?:pass|pwd|psk|auth|jwt)$|secret|token(?![a-z])|credentials?$|(?:api|access|private|account|signing|encryption|master|shared)[-_.]?key(?![a-z])/;
/** Ends of names that speak about a secret without holding it: where it lies, how long it lasts. */
const ABOUT_A_SECRET =
  /(?:file|path|dir|name|ttl|type|length|size|count|url|uri|endpoint|format|env|timeout|expiry|policy|stdin|mount|namespace|version)$/;
const REFUSAL = /^-*(?:no|without|skip|disable)[-_]/;
/** The working directories of a shell look like the `…_PWD` of a database. */
const WORKING_DIRECTORY = /^(?:OLD)?PWD$/;

/**
 * True when a value that goes by this name is a secret: `--db-password`, `API_TOKEN`,
 * `clientSecret`, `X-Api-Key`. Not `PASSWORD_FILE`, `--token-ttl`, `--no-password` or `PWD`.
 */
export function isSecretName(name: string): boolean {
  if (WORKING_DIRECTORY.test(name)) return false;
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
  return SECRET_WORD.test(words) && !ABOUT_A_SECRET.test(words) && !REFUSAL.test(words);
}

/** How a program takes a password by an option that means something else to other programs. */
export interface SecretOption {
  readonly option: string;
  /** `-psecret`; `--user=secret` for a long option. */
  readonly attached: boolean;
  /** `-p secret`. */
  readonly separate: boolean;
  /** The value is `user:password` (or `user%password`), and what stands before the sign may stay. */
  readonly after?: ':' | '%';
}

const MYSQL: readonly SecretOption[] = [{ option: '-p', attached: true, separate: false }];
const CURL: readonly SecretOption[] = [
  { option: '-u', attached: true, separate: true, after: ':' },
  { option: '--user', attached: true, separate: true, after: ':' },
  { option: '-U', attached: true, separate: true, after: ':' },
  { option: '--proxy-user', attached: true, separate: true, after: ':' },
];
const SAMBA: readonly SecretOption[] = [
  { option: '-U', attached: true, separate: true, after: '%' },
  { option: '--user', attached: true, separate: true, after: '%' },
];
const MONGO: readonly SecretOption[] = [{ option: '-p', attached: true, separate: true }];
const LDAP: readonly SecretOption[] = [{ option: '-w', attached: true, separate: true }];
const REGISTRY: readonly SecretOption[] = [{ option: '-p', attached: true, separate: true }];
const OPENSSL: readonly SecretOption[] = ['-pass', '-passin', '-passout'].map((option) => ({
  option,
  attached: false,
  separate: true,
  after: ':',
}));
const MOSQUITTO: readonly SecretOption[] = [{ option: '-P', attached: false, separate: true }];

/** Short password options by program name. A program that is not here keeps all its short options. */
const OPTIONS_BY_PROGRAM: ReadonlyMap<string, readonly SecretOption[]> = new Map([
  ...['mysql', 'mysqldump', 'mysqladmin', 'mysqlimport', 'mysqlcheck', 'mysqlshow'].map(
    (name) => [name, MYSQL] as const,
  ),
  ...['mariadb', 'mariadb-dump', 'mariadb-admin'].map((name) => [name, MYSQL] as const),
  ...['mongo', 'mongosh', 'mongodump', 'mongorestore'].map((name) => [name, MONGO] as const),
  ...['ldapsearch', 'ldapadd', 'ldapmodify', 'ldapwhoami'].map((name) => [name, LDAP] as const),
  ...['mosquitto_pub', 'mosquitto_sub'].map((name) => [name, MOSQUITTO] as const),
  ...['smbclient', 'rpcclient'].map((name) => [name, SAMBA] as const),
  ['curl', CURL],
  ['openssl', OPENSSL],
  ['sshpass', [{ option: '-p', attached: true, separate: true }]],
  ['redis-cli', [{ option: '-a', attached: false, separate: true }]],
  ['sqlcmd', [{ option: '-P', attached: true, separate: true }]],
]);

/** The same for programs that take a password in one of their subcommands only. */
const OPTIONS_BY_SUBCOMMAND: ReadonlyMap<string, readonly SecretOption[]> = new Map(
  ['docker', 'podman', 'nerdctl', 'oras'].map((name) => [`${name} login`, REGISTRY]),
);

const NONE: readonly SecretOption[] = [];

/** The short password options of a program; `subcommand` is the word that follows it. */
export function secretOptionsOf(program: string, subcommand: string): readonly SecretOption[] {
  const name = program.slice(program.lastIndexOf('/') + 1);
  return OPTIONS_BY_PROGRAM.get(name) ?? OPTIONS_BY_SUBCOMMAND.get(`${name} ${subcommand}`) ?? NONE;
}
