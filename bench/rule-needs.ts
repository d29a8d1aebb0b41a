import type {
  ProfileDataSelector,
  ProfileNeeds,
  SurfaceNeeds,
} from '../src/model/profile-needs.ts';
import { NOTHING } from '../src/profile/profile-needs.ts';

const ALL: SurfaceNeeds = { all: true, selectors: [] };

/**
 * What the public default rules declare to need (`profileDataRequired` in the rules that are installed
 * with kubescape's node-agent, 2026), those taken together that are switched on as they come.
 */
export const ENABLED_RULE_NEEDS: ProfileNeeds = {
  ...NOTHING,
  capabilities: ALL,
  egressAddresses: ALL,
  egressDomains: ALL,
  execs: ALL,
  syscalls: { all: true, selectors: [{ exact: 'bpf' }, { exact: 'unshare' }] },
  opens: {
    all: false,
    selectors: [
      ...prefixes('/etc/shadow', '/etc/sudoers'),
      { suffix: '/token' },
      { suffix: '/environ' },
    ],
  },
};

/** The same with the three rules that are switched off as they come: one of them asks about many paths. */
export const PUBLIC_RULE_NEEDS: ProfileNeeds = {
  ...ENABLED_RULE_NEEDS,
  opens: {
    all: false,
    selectors: [
      ...ENABLED_RULE_NEEDS.opens.selectors,
      ...prefixes('/etc/', '/var/log/', '/var/run/', '/run/', '/var/spool/cron/', '/var/www/'),
      ...prefixes('/var/lib/', '/opt/', '/usr/local/', '/app/'),
      { exact: '/.dockerenv' },
      { exact: '/proc/self/environ' },
      { exact: '/etc/ld.so.preload' },
    ],
  },
};

function prefixes(...all: readonly string[]): readonly ProfileDataSelector[] {
  return all.map((prefix) => ({ prefix }));
}
