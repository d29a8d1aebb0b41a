/** A line of the shell and what must come of it. */
export interface Step {
  readonly line: string;
  /** Exit status; 0 when absent. `diff` ends with 1 when something differs. */
  readonly exit?: number;
  /** Found in what it prints, standard error included, with every kubectl that has the command. */
  readonly says?: RegExp;
  /** The first minor version of kubectl 1.x that has it. */
  readonly since?: number;
  /** Run while `line` runs, which is ended when it has printed so many lines. */
  readonly meanwhile?: { readonly lines: readonly string[]; readonly untilLines: number };
}

/** Steps under one heading. */
export interface Chapter {
  readonly title: string;
  readonly steps: readonly Step[];
}

const PROFILE = `apiVersion: spdx.softwarecomposition.kubescape.io/v1beta1
kind: ContainerProfile
metadata:
  name: web
  namespace: default
  labels: {app: shop}
  annotations: {kubescape.io/managed-by: User}
spec:
  architectures: [amd64]
  capabilities: [NET_ADMIN]
  execs:
  - path: /bin/date
    args: [date]
  imageID: ""
`;

/** Files that the steps use, in the folder in which they run. */
export const FILES: Readonly<Record<string, string>> = {
  'web.yaml': PROFILE,
  'web-id.yaml': PROFILE.replace('path: /bin/date', 'path: /bin/id'),
  'unknown-field.yaml': PROFILE.replace('name: web', 'name: broken').replace(
    'path: /bin/date',
    'pth: /bin/date',
  ),
  'generated.yaml': PROFILE.replace('name: web', 'generateName: web-'),
  'many.yaml': [1, 2, 3, 4, 5]
    .map((n) => PROFILE.replace('name: web', `name: web-${n}`))
    .join('---\n'),
};

/** What kubectl is asked to do, in order, with a store that is empty. */
export const CHAPTERS: readonly Chapter[] = [
  {
    title: 'What there is',
    steps: [
      { line: 'kubectl api-resources', says: /containerprofiles +cp .*ContainerProfile/ },
      { line: 'kubectl api-versions', says: /^kubescape\.io\/v1$/m },
      { line: 'kubectl explain containerprofiles.spec.execs', says: /Path of the executable/ },
    ],
  },
  {
    title: 'Create and get',
    steps: [
      { line: 'kubectl create -f web.yaml', says: /\/web created/ },
      { line: 'kubectl create -f web.yaml', exit: 1, says: /AlreadyExists/ },
      { line: 'kubectl get containerprofiles', says: /^web\b/m },
      { line: 'kubectl get cp -o wide', says: /^web +User/m },
      { line: 'kubectl get cp -A', says: /^default +web/m },
      { line: 'kubectl get cp web -o name', says: /\/web$/m },
      { line: 'kubectl get cp web -o yaml', says: /path: \/bin\/date/ },
      { line: 'kubectl get cp web -o json', says: /"path": "\/bin\/date"/ },
      { line: "kubectl get cp web -o jsonpath='{.spec.execs[*].path}'", says: /^\/bin\/date$/m },
      { line: 'kubectl get cp -l app=shop', says: /^web\b/m },
      { line: "kubectl get cp -l 'app notin (shop),!tier'", says: /No resources found/ },
      { line: 'kubectl get cp --field-selector metadata.name=web', says: /^web\b/m },
      {
        line: 'kubectl get cp --field-selector spec.imageID=x',
        exit: 1,
        says: /field label not supported: spec\.imageID/,
      },
      { line: 'kubectl get cp nothing', exit: 1, says: /NotFound.*"nothing" not found/ },
      { line: 'kubectl describe cp web', says: /API Version: +spdx/ },
    ],
  },
  {
    title: 'Apply',
    steps: [
      { line: 'kubectl diff -f web-id.yaml', exit: 1, says: /^\+ +path: \/bin\/id$/m },
      {
        line: 'kubectl apply --dry-run=server -f web-id.yaml',
        says: /configured \(server dry run\)/,
      },
      { line: 'kubectl apply -f web-id.yaml', says: /\/web configured/ },
      { line: 'kubectl apply -f web-id.yaml', says: /\/web unchanged/ },
      { line: 'kubectl diff -f web-id.yaml' },
      { line: 'kubectl apply --server-side -f web-id.yaml', exit: 1, says: /./ },
    ],
  },
  {
    title: 'Change',
    steps: [
      {
        line: `kubectl patch cp web --type=merge -p '{"spec":{"imageTag":"nginx:1"}}'`,
        says: /patched/,
      },
      {
        line: `kubectl patch cp web --type=json -p '[{"op":"replace","path":"/spec/execs/0/path","value":"/bin/ls"}]'`,
        says: /patched/,
      },
      {
        line: `kubectl patch cp web --type=json -p '[{"op":"remove","path":"/spec/nothing"}]'`,
        exit: 1,
        says: /there is no "nothing"/,
      },
      {
        line: `kubectl patch cp web -p '{"spec":{}}'`,
        exit: 1,
        says: /application\/merge-patch\+json/,
      },
      { line: "KUBE_EDITOR='sed -i s:/bin/ls:/bin/cat:' kubectl edit cp web", says: /edited/ },
      { line: "kubectl get cp web -o jsonpath='{.spec.execs[*].path}'", says: /^\/bin\/cat$/m },
      { line: 'kubectl label cp web tier=front', says: /labeled/ },
      { line: 'kubectl annotate cp web note=hello', says: / annotated?$/m },
      { line: 'kubectl replace -f web.yaml', says: /replaced/ },
    ],
  },
  {
    title: 'What is refused',
    steps: [
      {
        line: 'kubectl create -f unknown-field.yaml',
        exit: 1,
        says: /unknown field "(?:spec\.execs\[0\]\.)?pth"/,
      },
      {
        line: 'kubectl create --validate=false -f unknown-field.yaml',
        exit: 1,
        says: /spec\.execs\[0\]\.path: Required value/,
      },
      {
        line: `kubectl patch cp web --type=merge -p '{"spec":{"execs":[{"path":7}]}}'`,
        exit: 1,
        says: /spec\.execs\[0\]\.path: Invalid value/,
      },
      {
        line: `kubectl patch cp web --type=merge -p '{"metadata":{"labels":{"a b":"c"}}}'`,
        exit: 1,
        says: /metadata\.labels/,
      },
    ],
  },
  {
    title: 'Watch and wait',
    steps: [
      {
        line: 'kubectl get cp -w --output-watch-events',
        meanwhile: {
          lines: [
            'kubectl annotate cp web kubescape.io/status=ready',
            'kubectl create -f many.yaml',
            'kubectl delete cp web-5',
          ],
          untilLines: 9,
        },
        says: /^DELETED +web-5/m,
      },
      {
        line: "kubectl wait cp/web --for=jsonpath='{.metadata.annotations.kubescape\\.io/status}'=completed --timeout=20s",
        meanwhile: {
          lines: ['kubectl annotate --overwrite cp web kubescape.io/status=completed'],
          untilLines: 1,
        },
        says: /condition met/,
        since: 23,
      },
      {
        line: 'kubectl wait cp/web-4 --for=delete --timeout=20s',
        meanwhile: { lines: ['kubectl delete cp web-4'], untilLines: 1 },
        says: /web-4 condition met/,
      },
    ],
  },
  {
    title: 'Many, and the end',
    steps: [
      { line: 'kubectl get cp --chunk-size=2', says: /^web-3\b/m },
      {
        line: "kubectl get --raw '/apis/spdx.softwarecomposition.kubescape.io/v1beta1/namespaces/default/containerprofiles?limit=1&labelSelector=app'",
        says: /"continue":/,
      },
      { line: 'kubectl create -f generated.yaml', says: /\/web-\w{5} created/ },
      { line: 'kubectl delete cp web', says: /"web" deleted/ },
      { line: 'kubectl delete cp --all', says: /"web-3" deleted/ },
      { line: 'kubectl get cp', says: /No resources found/ },
    ],
  },
];
