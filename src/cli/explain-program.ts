import { addOptionFlags, optionsFrom } from './option-flags.ts';
import { type Flags, formatOption, type Parts } from './program-parts.ts';

interface ExplainFlags extends Flags {
  readonly event?: string;
  readonly container?: string;
  readonly rule?: string;
  readonly output: 'text' | 'json';
}

/** Adds `hullwatch explain`. */
export function addExplain({ root, terminal, act }: Parts): void {
  const explain = root
    .command('explain')
    .description('tell why an alert was raised, or why an event would or would not raise one')
    .argument('[alert]', "an alert's idempotencyKey, or the beginning of it")
    .option(
      '--event <json>',
      'an event with the fields that rules read, such as {"type": "exec", …}',
    )
    .option(
      '--container <id>',
      'the container in which it happens; the beginning of its id will do',
    )
    .option('--rule <id>', 'only this rule, even if it is disabled')
    .addOption(formatOption());
  addOptionFlags(explain, ['http']).action(
    act(async (alert: string | undefined, flags: ExplainFlags) => {
      const { runExplain } = await import('./commands/explain.ts');
      const { http } = await optionsFrom(flags);
      const { event, container, rule, output } = flags;
      return runExplain({ http, alert, event, container, rule, output, terminal });
    }),
  );
}
