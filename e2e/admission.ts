/** What a release might do to a Deployment, and the words with which it is refused. */
import { registry, seoul, tokyo } from '../local/topology.ts';

// biome-ignore lint/suspicious/noExplicitAny: an object of any kind, of which each test changes another part
export type Any = any;
export type Change = (it: Any) => unknown;

export const digest = `sha256:${'a'.repeat(64)}`;

export const refusals = {
  image: 'image: has to be one of the repository of the service, by digest',
  container: 'containers: has to be the rendered one, but for its image',
  pod: 'template.spec: has to be the rendered one',
  template: 'template.metadata: has to be the rendered one',
  spec: 'spec: has to be the rendered one',
  annotations: 'metadata: may have annotations of releases and Argo CD',
  objects: 'a release for dev may have the objects that are rendered for it, and no other',
};

export const inSpec =
  (given: object): Change =>
  ({ spec }) =>
    Object.assign(spec, given);
const inTemplate =
  (given: object): Change =>
  ({ spec }) =>
    Object.assign(spec.template.metadata, given);
const inPod =
  (given: object): Change =>
  ({ spec }) =>
    Object.assign(spec.template.spec, given);
const inContainer =
  (given: object): Change =>
  ({ spec }) =>
    Object.assign(spec.template.spec.containers[0], given);
const byImage = (image: string) => inContainer({ image });

/** Of ticket in dev, whose pods are made of `template`. */
export function changes(template: Any): [what: string, words: string, change: Change][] {
  const { image, container, pod, spec, annotations } = refusals;
  const { labels } = template.metadata;
  const [theContainer] = template.spec.containers;
  const { livenessProbe, readinessProbe, startupProbe, ...plain } = theContainer;
  const beside = { ...theContainer, name: 'beside' };
  const exec = { command: ['x'] };
  return [
    ['an image by its tag', image, byImage(`${registry(seoul)}/ticket:latest`)],
    ['an image of another service', image, byImage(`${registry(seoul)}/live@${digest}`)],
    ['an image of the other region', image, byImage(`${registry(tokyo)}/ticket@${digest}`)],
    ['cached layers as its image', image, byImage(`${registry(seoul)}/ticket/dependencies@${digest}`)],
    ['half a digest', image, byImage(`${registry(seoul)}/ticket@sha256:aaaa`)],
    ['no digest without being paused', image, byImage(`${registry(seoul)}/ticket`)],
    ['a command of its own', container, inContainer({ command: ['sh'] })],
    ['arguments of its own', container, inContainer({ args: ['-c', 'x'] })],
    ['another environment variable', container, inContainer({ env: [{ name: 'KEY', value: 'x' }] })],
    ['a Secret as its environment', container, inContainer({ envFrom: [{ secretRef: { name: 'x' } }] })],
    ['another port', container, inContainer({ ports: [{ name: 'more', containerPort: 9999 }] })],
    ['a command when it starts', container, inContainer({ lifecycle: { postStart: { exec } } })],
    ['another probe', container, inContainer({ livenessProbe: { httpGet: { path: '/x', port: 'http' } } })],
    ['another limit', container, inContainer({ resources: { limits: { memory: '64Gi' } } })],
    ['a writable root', container, inContainer({ securityContext: { readOnlyRootFilesystem: false } })],
    ['a second container', container, inPod({ containers: [theContainer, beside] })],
    ['an init container', pod, inPod({ initContainers: [{ ...plain, name: 'before' }] })],
    ['a volume of a Secret', pod, inPod({ volumes: [{ name: 'key', secret: { secretName: 'x' } }] })],
    ['another account', pod, inPod({ serviceAccountName: 'default', serviceAccount: 'default' })],
    ['a token of its account', pod, inPod({ automountServiceAccountToken: true })],
    ['the network of the node', pod, inPod({ hostNetwork: true })],
    ['root', pod, inPod({ securityContext: { runAsNonRoot: false, runAsUser: 0 } })],
    [
      'the label of a caller',
      refusals.template,
      inTemplate({ labels: { ...labels, 'tickets.example/calls-live': 'true' } }),
    ],
    ['an annotation of its pods', refusals.template, inTemplate({ annotations: { 'example.org/inject': 'true' } })],
    ['another strategy', spec, inSpec({ minReadySeconds: 60 })],
    ['an annotation', annotations, (it) => Object.assign(it.metadata.annotations, { 'example.org/act': 'true' })],
  ];
}

/** Of the Job that migrates the database of ticket in dev. */
export const migrationChanges: [what: string, words: string, change: Change][] = [
  ['an image of another service', refusals.image, byImage(`${registry(seoul)}/live@${digest}`)],
  ['an image by its tag', refusals.image, byImage(`${registry(seoul)}/ticket:latest`)],
  ['no digest', refusals.image, byImage(`${registry(seoul)}/ticket`)],
  ['other arguments', refusals.container, inContainer({ args: ['serve'] })],
  ['the label of its service', refusals.template, inTemplate({ labels: { 'app.kubernetes.io/name': 'ticket' } })],
  ['another account', refusals.pod, inPod({ serviceAccountName: 'live', serviceAccount: 'live' })],
  ['more time', refusals.spec, inSpec({ activeDeadlineSeconds: 100_000 })],
  [
    'another place in the sync',
    refusals.annotations,
    (it) => Object.assign(it.metadata.annotations, { 'argocd.argoproj.io/hook': 'PostDelete' }),
  ],
];
