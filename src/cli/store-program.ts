import { type Command, Option } from 'commander';
import type { MaintenanceOptions } from './commands/store-maintenance.ts';
import { addOptionFlags, optionsFrom } from './option-flags.ts';
import type { Flags, Parts } from './program-parts.ts';

const STORED_KINDS = 'containerprofiles, applicationprofiles or networkneighborhoods';

interface StoreGetFlags extends Flags {
  readonly output: 'table' | 'json' | 'yaml';
}

/** Adds `hullwatch store` and its commands. */
export function addStore({ root, terminal, act }: Parts): void {
  const store = root
    .command('store')
    .description('look at the embedded profile store, also of a running agent, and change it');
  const given = async (flags: Flags) => ({ store: (await optionsFrom(flags)).store, terminal });
  const add = (name: string, what: string) =>
    addOptionFlags(store.command(name).description(what), ['store']);
  add('apply', 'create or replace profiles')
    .argument('<files...>', 'profiles, YAML or JSON, files or folders')
    .action(
      act(async (files: readonly string[], flags: Flags) => {
        const { runStoreApply } = await import('./commands/store.ts');
        return runStoreApply(await given(flags), files);
      }),
    );
  add('delete', 'delete a profile')
    .argument('<kind>', STORED_KINDS)
    .argument('<name>', 'NAMESPACE/NAME')
    .action(
      act(async (kind: string, key: string, flags: Flags) => {
        const { runStoreDelete } = await import('./commands/store.ts');
        return runStoreDelete(await given(flags), [kind, key]);
      }),
    );
  add('get', 'show the profiles, those of a kind, or one')
    .argument('[kind]', STORED_KINDS)
    .argument('[name]', 'NAMESPACE/NAME')
    .addOption(
      new Option('-o, --output <format>', 'how to print')
        .choices(['table', 'json', 'yaml'])
        .default('table'),
    )
    .action(
      act(async (kind: string | undefined, key: string | undefined, flags: StoreGetFlags) => {
        const { runStoreGet } = await import('./commands/store.ts');
        return runStoreGet(await given(flags), { kind, key, format: flags.output });
      }),
    );
  addServe(store, { terminal, act });
  addMaintenance(add, { act, given });
}

/** Flags of `hullwatch store serve`, by their name in `StoreServeOptions`. */
function addServe(store: Command, { terminal, act }: Pick<Parts, 'terminal' | 'act'>): void {
  store
    .command('serve')
    .description('serve a store of its own as a Kubernetes API, and merge what it is given')
    .requiredOption('--data <folder>', 'the folder of its file, profiles.db')
    .option('--listen <address>', 'host:port or unix:/path', '127.0.0.1:8080')
    .option('--consolidate-interval <duration>', 'how often reports are merged', '30s')
    .option(
      '--expire-after <duration>',
      'when a series of reports is given up that was not continued',
      '48h',
    )
    .option('--tls-cert <file>', 'certificate, PEM; demanded off loopback')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--client-ca <file>', 'authority of client certificates, PEM')
    .option('--token-file <file>', 'lines of token,role: read-only or read-write')
    .option('--max-object-size <bytes>', 'the largest request body')
    .option('--kubeconfig <file>', 'write a kubeconfig for kubectl')
    .option('--log-level <level>', 'how much to log to standard error', 'info')
    .action(
      act(async (flags: Flags & { readonly data: string }) => {
        const { runStoreServe } = await import('./commands/store-serve.ts');
        return runStoreServe(flags, { terminal });
      }),
    );
}

interface Adding {
  readonly act: Parts['act'];
  readonly given: (flags: Flags) => Promise<MaintenanceOptions>;
}

function addMaintenance(
  add: (name: string, what: string) => Command,
  { act, given }: Adding,
): void {
  add('check', 'look at every row of the file, and say what does not fit').action(
    act(async (flags: Flags) => {
      const { runStoreCheck } = await import('./commands/store-maintenance.ts');
      return runStoreCheck(await given(flags));
    }),
  );
  add('backup', 'copy the file as it is at one moment, also while it is in use')
    .argument('<file>', 'the copy; it must not exist')
    .action(
      act(async (target: string, flags: Flags) => {
        const { runStoreBackup } = await import('./commands/store-maintenance.ts');
        return runStoreBackup(await given(flags), target);
      }),
    );
  add('compact', 'give the room of deleted objects back to the disk').action(
    act(async (flags: Flags) => {
      const { runStoreCompact } = await import('./commands/store-maintenance.ts');
      return runStoreCompact(await given(flags));
    }),
  );
}
