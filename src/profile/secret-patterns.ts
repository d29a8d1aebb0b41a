import { isSecretName } from './secret-names.ts';

/** What stands where a secret stood. */
export const REDACTED = '[redacted]';

/**
 * Tokens that show by their own form what they are. Each begins where no word character stands
 * before it, so that a run of characters is looked at once and the time stays linear.
 */
const TOKENS = new RegExp(
  [
    'eyJ[\\w-]{5,}\\.eyJ[\\w-]{5,}(?:\\.[\\w-]*)?', // JSON Web Token
    '(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])', // AWS access key id
    'gh[pousr]_[A-Za-z0-9]{20,}', // GitHub
    'github_pat_\\w{20,}',
    'glpat-[\\w-]{16,}', // GitLab
    'xox[abeoprs]-[\\w-]{10,}', // Slack
    '[sr]k_(?:live|test)_\\w{16,}', // Stripe
    'sk-[\\w-]{20,}', // OpenAI and others
    'AIza[\\w-]{30,}', // Google
    'npm_[A-Za-z0-9]{30,}',
    'pypi-[\\w-]{30,}',
    'dckr_pat_[\\w-]{20,}', // Docker
    'hv[sb]\\.[\\w-]{20,}', // HashiCorp Vault
  ]
    .map((form) => `(?<![\\w-])${form}`)
    .join('|'),
  'g',
);
const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g;
const URL_PASSWORD = /:\/\/([^\s/:@'"]*):([^\s/'"]+)@/g;
const AUTHORIZATION =
  /(?<![\w-])((?:proxy-)?authorization["']?\s{0,8}[:=]\s{0,8}["']?(?:(?:bearer|basic|token|digest|negotiate|apikey)\s{1,8})?)[^\s"']+/gi;
const BEARER = /(?<![\w-])(bearer\s{1,8})[\w.~+/=-]{16,}/gi;
/** `X-Api-Key: abc` and `"password": "abc"`; without a space or quotes it could be an image and its tag. */
const NAMED: Naming = {
  name: /(?<![\w-])([\w-]+)(?:["']\s{0,8}:\s{0,8}["']?|\s{0,8}:\s{1,8}["']?)/g,
  value: /[^\s"',;}]+/y,
};
/** `name=value` anywhere: environment, query parameters, connection strings, Java properties. */
const ASSIGNED: Naming = { name: /(?<![\w.-])([\w.-]+)=/g, value: /[^\s&;,|"'`]+/y };

/** How a value stands behind its name. */
interface Naming {
  readonly name: RegExp;
  /** Sticky: tried right behind the name. */
  readonly value: RegExp;
}

/** Redacts every secret that shows by its form or by the name beside it. Linear in the text's length. */
export function redactPatterns(text: string): string {
  const formless = text
    .replace(PRIVATE_KEY, REDACTED)
    .replace(AUTHORIZATION, `$1${REDACTED}`)
    .replace(BEARER, `$1${REDACTED}`)
    .replace(URL_PASSWORD, `://$1:${REDACTED}@`)
    .replace(TOKENS, REDACTED);
  return redactNamed(redactNamed(formless, NAMED), ASSIGNED);
}

/** A value that is a secret by its name. A reference to a variable is none, and stays. */
export function redactValue(value: string): string {
  return /^["']?\$(?:\w+|\{\w+\})["']?$/.test(value) ? value : REDACTED;
}

/** A value may begin with a name of its own (`--from-literal=password=x`), so names are looked for everywhere. */
function redactNamed(text: string, { name, value }: Naming): string {
  let redacted = '';
  let done = 0;
  for (const match of text.matchAll(name)) {
    const start = match.index + match[0].length;
    if (match.index < done || !isSecretName(match[1] ?? '')) continue;
    value.lastIndex = start;
    const found = value.exec(text)?.[0] ?? '';
    redacted += text.slice(done, start) + (found && redactValue(found));
    done = start + found.length;
  }
  return redacted + text.slice(done);
}
