import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-27';
import type { Construct } from 'constructs';
import { annotation, label } from '../../lib/kube/labels.ts';
import { egressExceptMetadata } from '../../lib/kube/network-policy.ts';
import { restrictedPod } from '../../lib/kube/pod-security.ts';
import { amounts } from '../../lib/kube/resources.ts';
import { type Params, type Pipeline, pipelineRunSpec, type RunParams } from '../../lib/kube/tekton.ts';
import { robot } from '../../lib/release/releases.ts';
import type { Ingress, OwnNodes } from '../../overlays/overlay.ts';
import { listenerPolicy, type RunTemplate } from './listener-policy.ts';
import { runOfPush } from './push.ts';

/** The params that a push sets; the platform sets all others. */
type Pushed = { commit: string; subject: string; author: string };

/** A service whose pushes start the pipeline; every push has the same `params`. */
export type Triggered<P extends Params & Pushed> = {
  name: string;
  repository: string;
  /** The Secret that its webhooks are signed with. */
  webhookSecret: string;
  environment: string;
  /** StorageClass of the volumes of its runs. */
  volumeClass: string;
  params: Omit<RunParams<P>, keyof Pushed>;
};

/**
 * Which deliveries start a run. The interceptor before checks the signature of the raw bytes; this restricts the signed body. `has()`, because
 * forges omit different fields: Gitea sends no `deleted`, GitHub a null `head_commit` for a deletion.
 */
const filter = (fullName: string): string =>
  [
    // Forges find a repository by its name in any case, and write it as it was created.
    `body.repository.full_name.lowerAscii() == '${fullName.toLowerCase()}'`,
    "body.ref == 'refs/heads/main'",
    "body.after.matches('^[0-9a-f]{40}$')",
    "!body.after.matches('^0{40}$')",
    '!(has(body.deleted) && body.deleted)',
    `!(has(body.sender) && has(body.sender.login) && body.sender.login == '${robot.name}')`,
    `!(has(body.pusher) && has(body.pusher.name) && body.pusher.name == '${robot.name}')`,
  ].join(' && ');

const head = 'has(body.head_commit) && body.head_commit != null';
// Not `truncate`, which cuts at bytes, inside a character. `size` and `substring` count characters.
const cut = (text: string, limit: number) => `(size(${text}) > ${limit} ? ${text}.substring(0, ${limit}) : ${text})`;
// Tekton or the kubelet may replace `$(…)` on the way to a step; a blank makes it plain text for both. NUL is removed, because no
// environment variable can have it: the release step would not start.
const inert = "replace('\\u0000', '').replace('$(', '$ (')";
// Two parts at most: a message of 1 MB may be all newlines.
const firstLine = `body.head_commit.message.split('\\n', 2)[0].replace('\\r', '').replace('\\t', ' ').${inert}`;
const author = `body.head_commit.author.name.${inert}`;
const overlays = [
  // The filter made sure of 40 digits; the name of a run has room for 12.
  { key: 'short', expression: 'body.after.substring(0, 12)' },
  { key: 'subject', expression: `${head} && has(body.head_commit.message) ? ${cut(firstLine, 200)} : ''` },
  {
    key: 'author',
    expression: `${head} && has(body.head_commit.author) && has(body.head_commit.author.name) ? ${cut(author, 100)} : ''`,
  },
  // Of a push whose webhook started nothing. No forge sends the field.
  { key: 'redelivered', expression: "has(body.redelivered) && body.redelivered == true ? 'true' : ''" },
];

const triggers = (scope: Construct, kind: string, name: string, spec: object, annotations?: Record<string, string>) =>
  new ApiObject(scope, `${kind}-${name}`, {
    apiVersion: 'triggers.tekton.dev/v1beta1',
    kind,
    metadata: { name, ...(annotations ? { annotations } : {}) },
    spec,
  });

/** `$(tt.params.x)`: Triggers replaces it in the template's JSON by the value as JSON, so quotes and newlines stay text. */
const given = (name: string) => `$(tt.params.${name})`;

/** From a signed push on main to one PipelineRun, named after repository, branch and commit: a second delivery conflicts with the first. */
export function pushTriggers<P extends Params & Pushed>(
  scope: Construct,
  pipeline: Pipeline<P, { source: string }>,
  services: Triggered<P>[],
  {
    owner,
    ingress,
    gatesOff,
    onDemandNodes,
    ownNodes,
    volumeSize,
  }: {
    owner: string;
    ingress: Ingress;
    /** Gates that are off on this site, in words for people. */
    gatesOff: string[];
    onDemandNodes: Record<string, string>;
    ownNodes: OwnNodes | undefined;
    volumeSize: string;
  },
): void {
  triggers(scope, 'TriggerBinding', 'push', {
    params: [
      { name: 'commit', value: '$(body.after)' },
      ...overlays.map(({ key }) => ({ name: key, value: `$(extensions.${key})` })),
    ],
  });
  const templates: Record<string, RunTemplate> = {};
  for (const service of services) {
    const template: RunTemplate = {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      metadata: {
        name: runOfPush(service.name, given('short')),
        labels: {
          [label.service]: service.name,
          [label.environment]: service.environment,
          [label.commit]: given('commit'),
        },
        annotations: {
          [annotation.subject]: given('subject'),
          [annotation.author]: given('author'),
          [annotation.redelivered]: given('redelivered'),
          [annotation.repository]: service.repository,
          ...(gatesOff.length > 0 ? { [annotation.gatesOff]: gatesOff.join(', ') } : {}),
          // Karpenter must not consolidate nodes under a run. Tasks on reclaimed spot nodes are retried.
          'karpenter.sh/do-not-disrupt': 'true',
          // Deletes the volume when the run ends, not only when the run is deleted.
          'tekton.dev/auto-cleanup-pvc': 'true',
        },
      },
      spec: pipelineRunSpec(pipeline, {
        params: {
          ...service.params,
          commit: given('commit'),
          subject: given('subject'),
          author: given('author'),
          // The compiler cannot reassemble a generic record.
        } as unknown as RunParams<P>,
        volumes: { source: { storage: volumeSize, storageClassName: service.volumeClass } },
        // A day to wait for its turn among the runs of its service, because the time runs meanwhile. Each Task has a timeout of its own.
        timeouts: { pipeline: '24h0m0s', tasks: '23h55m0s', finally: '5m0s' },
        onDemandNodes,
        ownNodes,
      }),
    };
    templates[service.name] = template;
    triggers(scope, 'TriggerTemplate', service.name, {
      params: ['commit', ...overlays.map(({ key }) => key)].map((name) => ({ name })),
      resourcetemplates: [template],
    });
    triggers(scope, 'Trigger', service.name, {
      interceptors: [
        {
          ref: { name: 'github' },
          params: [
            { name: 'secretRef', value: { secretName: service.webhookSecret, secretKey: 'secret' } },
            { name: 'eventTypes', value: ['push'] },
          ],
        },
        {
          ref: { name: 'cel' },
          params: [
            { name: 'filter', value: filter(`${owner}/${service.name}`) },
            { name: 'overlays', value: overlays },
          ],
        },
      ],
      // Tekton's webhook would add the kind, and Argo CD would show a difference.
      bindings: [{ kind: 'TriggerBinding', ref: 'push' }],
      template: { ref: service.name },
    });
  }
  listener(scope, services);
  listenerPolicy(scope, templates);
  entrance(scope, ingress);
}

/** The cluster-wide role of the EventListener: it reads interceptors. */
const wide = 'ci-listen';

/** The EventListener, which may read triggers and create runs. Upstream's example may read every Secret of the cluster. */
function listener(scope: Construct, services: { name: string }[]): void {
  const name = 'listen';
  triggers(scope, 'EventListener', 'git', {
    serviceAccountName: name,
    // By name: a namespace selector would make the listener read the triggers of the whole cluster.
    triggers: services.map(({ name }) => ({ triggerRef: name })),
    resources: {
      kubernetesResource: {
        replicas: 1,
        serviceType: 'ClusterIP',
        spec: {
          template: {
            metadata: { labels: { app: 'el-git' } },
            spec: {
              securityContext: restrictedPod,
              // Triggers' webhook refuses a name, and writes the empty one itself, which Argo CD would show as a difference.
              containers: [
                {
                  name: '',
                  resources: amounts({ requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '512Mi' } }),
                },
              ],
            },
          },
        },
      },
    },
  });
  new k8s.KubeServiceAccount(scope, 'serviceaccount-listen', { metadata: { name } });
  new k8s.KubeRole(scope, 'role-listen', {
    metadata: { name },
    rules: [
      {
        apiGroups: ['triggers.tekton.dev'],
        resources: ['eventlisteners', 'interceptors', 'triggerbindings', 'triggertemplates', 'triggers'],
        verbs: ['get', 'list', 'watch'],
      },
      { apiGroups: ['tekton.dev'], resources: ['pipelineruns'], verbs: ['create'] },
      // It watches its logging settings.
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
    ],
  });
  const subjects = [{ kind: 'ServiceAccount', name, namespace: 'ci' }];
  new k8s.KubeRoleBinding(scope, 'rolebinding-listen', {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects,
  });
  new k8s.KubeClusterRole(scope, 'clusterrole-listen', {
    metadata: { name: wide },
    rules: [
      {
        apiGroups: ['triggers.tekton.dev'],
        resources: ['clusterinterceptors', 'clustertriggerbindings'],
        verbs: ['get', 'list', 'watch'],
      },
    ],
  });
  new k8s.KubeClusterRoleBinding(scope, 'clusterrolebinding-listen', {
    metadata: { name: wide },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: wide },
    subjects,
  });
}

/**
 * The way to the EventListener from the internet and in the cluster. The listener has no limits, and writes a body several times, for each
 * trigger, before an interceptor looks at its signature. What is refused here redeliver-pushes finds on the forge.
 */
function entrance(scope: Construct, { domain, className, namespace, tls }: Ingress): void {
  const host = `hooks.${domain}`;
  const middleware = (name: string, spec: object) =>
    new ApiObject(scope, `middleware-${name}`, {
      apiVersion: 'traefik.io/v1alpha1',
      kind: 'Middleware',
      metadata: { name },
      spec,
    });
  // A push is some 10 kB, one of twenty long commits 100. Ten of 1 MiB at once took more than the 512 MiB of the listener.
  middleware('body-limit', { buffering: { maxRequestBodyBytes: 2 ** 18 } });
  // Of all senders together: nobody knows yet who sent what.
  middleware('rate-limit', { rateLimit: { average: 5, burst: 10, sourceCriterion: { requestHost: true } } });
  new k8s.KubeIngress(scope, 'ingress-hooks', {
    metadata: {
      name: 'hooks',
      annotations: {
        // The forge comes by a port of its own, at which no service answers: services believe who the entrance says it is.
        'traefik.ingress.kubernetes.io/router.entrypoints': 'hooks',
        'traefik.ingress.kubernetes.io/router.middlewares': 'ci-rate-limit@kubernetescrd,ci-body-limit@kubernetescrd',
      },
    },
    spec: {
      ingressClassName: className,
      ...(tls ? { tls: [{ hosts: [host] }] } : {}),
      rules: [
        {
          host,
          http: {
            paths: [
              { path: '/', pathType: 'Prefix', backend: { service: { name: 'el-git', port: { number: 8080 } } } },
            ],
          },
        },
      ],
    },
  });
  new k8s.KubeNetworkPolicy(scope, 'networkpolicy-listen', {
    metadata: { name: 'listen' },
    spec: {
      podSelector: { matchLabels: { eventlistener: 'git' } },
      policyTypes: ['Ingress', 'Egress'],
      egress: egressExceptMetadata,
      ingress: [
        {
          from: [
            { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
            // It redelivers lost pushes.
            { podSelector: { matchLabels: { app: 'redeliver-pushes' } } },
          ],
          ports: [{ port: k8s.IntOrString.fromNumber(8080), protocol: 'TCP' }],
        },
      ],
    },
  });
}
