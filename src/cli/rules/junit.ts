/** One test of a JUnit report. */
export interface JunitCase {
  readonly className: string;
  readonly name: string;
  /** The check failed: the first line says how. */
  readonly failure?: string;
  /** It could not be made. */
  readonly error?: string;
}

/** A report as JUnit writes it, for CI systems: a suite for each name, in order. */
export function junitReport(suites: ReadonlyMap<string, readonly JunitCase[]>): string {
  const all = [...suites.values()].flat();
  const body = [...suites].map(([name, cases]) => suite(name, cases)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${counts(all)}>\n${body}</testsuites>\n`;
}

function suite(name: string, cases: readonly JunitCase[]): string {
  const body = cases.map(testCase).join('');
  return `  <testsuite name="${escaped(name)}"${counts(cases)}>\n${body}  </testsuite>\n`;
}

function counts(cases: readonly JunitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const errors = cases.filter(({ error }) => error !== undefined).length;
  return ` tests="${cases.length}" failures="${failures}" errors="${errors}"`;
}

function testCase({ className, name, failure, error }: JunitCase): string {
  const open = `    <testcase classname="${escaped(className)}" name="${escaped(name)}"`;
  const parts = [part('failure', failure), part('error', error)].join('');
  return parts === '' ? `${open}/>\n` : `${open}>\n${parts}    </testcase>\n`;
}

function part(element: string, text: string | undefined): string {
  if (text === undefined) return '';
  const [first = ''] = text.split('\n', 1);
  return `      <${element} message="${escaped(first)}">${escaped(text)}</${element}>\n`;
}

/** XML has no way to write most control characters; what is not allowed becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, (character) =>
      /[\t\n\r]/.test(character) ? character : '\uFFFD',
    )
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
