import type { EventType } from '../../../src/model/raw-event.ts';

/** What a process does so that a rule has something to find. */
export interface RuleAct {
  readonly ruleId: string;
  /** The kind of event that the rule judges; absent when it judges none of a process. */
  readonly eventType?: EventType;
  /**
   * Name and arguments of the program of acts, with spaces between them. Several acts are parted by ` ; `: all before
   * the last only prepare it. Empty when no act raises the rule.
   */
  readonly act: string;
  /** What is to be there beside a pod whose profile is completed. */
  readonly needs?: string;
  /** Nothing raises it, or nothing does on some machines: why. */
  readonly exception?: string;
  /** Whether the same act raises nothing once it was learned. Rules that ask no profile alert all the same. */
  readonly silencedByLearning: boolean;
  /** What has to be learned with it, so that it does not. */
  readonly learnedWith?: string;
}

const NO_PROFILE = { silencedByLearning: false } as const;
const LEARNED = { silencedByLearning: true } as const;

/**
 * One act for every rule, the public ones and those that come with the agent: both raise their alert from it, in
 * a pod of Kubernetes whose profile is completed and does not hold the act. docs/rule-acts.md is the same as a table.
 *
 * The addresses that are not the container's own (203.0.113.0/24, 2001:db8::/32) are reserved for documentation:
 * nobody answers, and a rule is about the attempt.
 */
export const RULE_ACTS: readonly RuleAct[] = [
  { ruleId: 'R0001', eventType: 'exec', act: 'exec /bin/other', ...LEARNED },
  { ruleId: 'R0002', eventType: 'open', act: 'open-file /etc/hostname', ...LEARNED },
  { ruleId: 'R0003', eventType: 'syscall', act: 'syscall getcpu', ...LEARNED },
  { ruleId: 'R0004', eventType: 'capabilities', act: 'capability-use chown', ...LEARNED },
  {
    ruleId: 'R0005',
    eventType: 'dns',
    act: 'dns-sendto RESOLVER unknown.example.com',
    needs: 'a name server in the place of RESOLVER; it need not answer',
    learnedWith:
      'an answer of 203.0.113.9 and then `udp-send 203.0.113.9 9000`: a name is learned with the address that is spoken to',
    ...LEARNED,
  },
  {
    ruleId: 'R0006',
    eventType: 'open',
    act: 'read-token /run/secrets/kubernetes.io/serviceaccount/token',
    needs: 'that file; the act makes it when there is none',
    ...LEARNED,
  },
  {
    ruleId: 'R0007',
    eventType: 'exec',
    act: 'exec-as kubectl get secrets',
    ...LEARNED,
  },
  { ruleId: 'R0008', eventType: 'open', act: 'read-environ', ...LEARNED },
  { ruleId: 'R0009', eventType: 'bpf', act: 'bpf-load', ...LEARNED },
  { ruleId: 'R0010', eventType: 'open', act: 'read-shadow', ...LEARNED },
  { ruleId: 'R0011', eventType: 'network', act: 'udp-send 203.0.113.9 9000', ...LEARNED },
  {
    ruleId: 'R0040',
    eventType: 'exec',
    act: 'exec /bin/known with other arguments',
    needs: 'a profile that knows /bin/known with its own arguments',
    ...LEARNED,
  },
  { ruleId: 'R1000', eventType: 'exec', act: 'exec-in-shm', ...NO_PROFILE },
  { ruleId: 'R1001', eventType: 'exec', act: 'drop-and-run /tmp/dropped', ...LEARNED },
  { ruleId: 'R1002', eventType: 'kmod', act: 'kmod-init', ...NO_PROFILE },
  {
    ruleId: 'R1003',
    eventType: 'ssh',
    act: 'ssh-serve 0.0.0.0 2200 ; ssh-connect POD-ADDRESS 2200',
    needs:
      "the rule to be switched on (it is off as delivered, in both sets), and the pod's own address in the place of POD-ADDRESS: what goes over the loopback is not learned",
    ...LEARNED,
  },
  {
    ruleId: 'R1004',
    eventType: 'exec',
    act: 'exec-from-mount /data/tool',
    needs:
      'a pod that an API server knows, with a volume at /data: outside a cluster nothing tells where volumes are',
    ...LEARNED,
  },
  { ruleId: 'R1005', eventType: 'exec', act: 'memfd-exec', ...NO_PROFILE },
  { ruleId: 'R1006', eventType: 'unshare', act: 'unshare-user', ...LEARNED },
  {
    ruleId: 'R1007',
    eventType: 'randomx',
    act: 'randomx-round 2',
    exception: 'only where the kernel has the tracepoint x86_fpu:x86_fpu_regs_deactivated (x86-64)',
    ...NO_PROFILE,
  },
  {
    ruleId: 'R1008',
    eventType: 'dns',
    act: 'dns-sendto RESOLVER xmr.nanopool.org',
    needs: 'a name server in the place of RESOLVER; it need not answer',
    ...NO_PROFILE,
  },
  { ruleId: 'R1009', eventType: 'network', act: 'connect4 203.0.113.7 3333', ...LEARNED },
  { ruleId: 'R1010', eventType: 'symlink', act: 'symlink /etc/shadow /tmp/soft', ...LEARNED },
  {
    ruleId: 'R1011',
    eventType: 'exec',
    act: 'ldpreload-exec /tmp/hook.so 2',
    needs:
      'the rule to be switched on: it is off as delivered, in both sets. The program lives for two seconds, because its environment is read from /proc',
    ...LEARNED,
  },
  { ruleId: 'R1012', eventType: 'hardlink', act: 'hardlink /etc/shadow /etc/hard', ...LEARNED },
  { ruleId: 'R1015', eventType: 'ptrace', act: 'ptrace-attach', ...NO_PROFILE },
  {
    ruleId: 'R1016',
    act: '',
    exception: 'raised when a signed profile is read, not by anything that a process does',
    ...NO_PROFILE,
  },
  { ruleId: 'R1030', eventType: 'iouring', act: 'iouring-nop', ...LEARNED },
  {
    ruleId: 'R2000',
    act: '',
    exception: 'about requests to the API server (`k8s-admission`), which no kernel sees',
    ...NO_PROFILE,
  },
  {
    ruleId: 'R2001',
    act: '',
    exception: 'about requests to the API server (`k8s-admission`), which no kernel sees',
    ...NO_PROFILE,
  },
];

/**
 * Acts that raise one of the rules in another way than {@link RULE_ACTS}: the other branch of a rule, the other call
 * that does the same, the other kind of address.
 */
export const FURTHER_ACTS: readonly RuleAct[] = [
  { ruleId: 'R0001', eventType: 'exec', act: 'tty-exec /bin/other', ...LEARNED },
  { ruleId: 'R0004', eventType: 'capabilities', act: 'capability-use sethostname', ...LEARNED },
  {
    ruleId: 'R0005',
    eventType: 'dns',
    act: 'dns-sendmmsg RESOLVER second.example.com',
    needs: 'a name server in the place of RESOLVER; it need not answer',
    learnedWith: 'an answer of 203.0.113.9 and then `udp-send 203.0.113.9 9000`',
    ...LEARNED,
  },
  {
    ruleId: 'R0007',
    eventType: 'network',
    act: 'connect4 API-SERVER 6443',
    needs: 'an API server, whose address takes the place of API-SERVER',
    ...LEARNED,
  },
  { ruleId: 'R0011', eventType: 'network', act: 'connect6 2001:db8::7 443', ...LEARNED },
  { ruleId: 'R1000', eventType: 'exec', act: 'exec-from-shm /dev/shm/tool', ...NO_PROFILE },
  {
    ruleId: 'R1001',
    eventType: 'exec',
    act: 'drop-and-run /tmp/dropped exec /bin/known',
    ...LEARNED,
  },
  {
    ruleId: 'R1011',
    eventType: 'open',
    act: 'write-file /etc/ld.so.preload',
    needs: 'the rule to be switched on',
    ...LEARNED,
  },
];

/** Acts whose events no rule judges by itself: they are learned, or told to rules that somebody writes. */
export const ACTS_WITHOUT_RULE: readonly { readonly eventType: EventType; readonly act: string }[] =
  [
    // The kernel knows the file behind a descriptor: it is told by its own path, and R1005 does not hold for it.
    { eventType: 'exec', act: 'exec-from-proc-fd' },
    { eventType: 'fork', act: 'fork' },
    { eventType: 'exit', act: 'exit 7' },
    { eventType: 'network', act: 'accept 127.0.0.1 8081' },
    { eventType: 'http', act: 'http-serve 127.0.0.1 8080 ; http-get 127.0.0.1 8080 /path?query=1' },
    { eventType: 'mount', act: 'mount-tmpfs /tmp/mounted' },
    { eventType: 'setns', act: 'setns' },
  ];
