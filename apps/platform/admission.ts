import type { Construct } from 'constructs';
import { admissionPolicy, literal, sameBut } from '../../lib/kube/admission.ts';
import { assigned, withDefaults } from '../../lib/kube/defaults.ts';
import { annotation } from '../../lib/kube/labels.ts';
import type { Build, Component, Target } from '../app.ts';

type Rendered = Target['renderedSoFar'];

/** Argo CD's, on every site. */
const account = { namespace: 'argocd', name: 'argocd-application-controller' };
/** As whom it owns the fields that it applies. */
const fieldManager = 'argocd-controller';

/** What releases and Argo CD annotate, and `kubectl rollout restart`. */
const annotations = [
  annotation.commit,
  annotation.subject,
  annotation.author,
  annotation.run,
  'argocd.argoproj.io/tracking-id',
];
const restarted = ['kubectl.kubernetes.io/restartedAt'];

/** The name of a CEL variable for the objects of one name. */
const variable = (name: string) => `named_${name.replace(/[^a-z0-9]/g, '_')}`;

/** CEL: an image is one of `variables.repository`, named by digest and nothing else. */
const ofRepository = (image: string) =>
  [
    `${image}.startsWith(variables.repository + "@")`,
    `${image}.substring(size(variables.repository)).matches("^@sha256:[0-9a-f]{64}$")`,
  ].join(' && ');

/** The repository of each service's image, by the name of the service. */
const repositories = (rendered: Rendered, environment: string): Record<string, string> =>
  Object.fromEntries(
    rendered.flatMap(({ app }) =>
      app.project === environment
        ? (app.kustomization?.images.map(({ name, newName }) => [name, newName] as const) ?? [])
        : [],
    ),
  );

/** What is rendered for a namespace, by name and kind: services, and what the platform has there. */
function objectsIn(rendered: Rendered, namespace: string): Map<string, Record<string, object>> {
  const all = new Map<string, Record<string, object>>();
  for (const object of rendered.flatMap(({ objects }) => objects)) {
    const { metadata, ...rest } = withDefaults(object);
    if (metadata.namespace === namespace) all.set(metadata.name, { ...all.get(metadata.name), [object.kind]: rest });
  }
  return all;
}

/**
 * Argo CD applies whatever a release file says, and Kustomize patches and adds whatever one says. So in the namespace of an environment Argo CD may
 * write what is rendered for that namespace, and of a Deployment a release decides the digest of the image.
 *
 * For a moment after a change of both, an object may be refused: Argo CD retries. It compares by dry runs, which change nothing and pass: where one
 * is refused, version 3.6.1 shows the Application as synced a minute later and never applies what git says.
 */
function releasesPolicy(scope: Construct, environment: string, rendered: Rendered): void {
  const all = objectsIn(rendered, environment);
  const ofDeployments = (expression: string) => `object.kind != 'Deployment' || (${expression})`;
  const template = 'object.spec.template';
  admissionPolicy(scope, {
    name: `releases-${environment}`,
    account,
    namespace: environment,
    operations: ['CREATE', 'UPDATE'],
    resources: [{ group: '*', version: '*', resource: '*' }],
    conditions: { applies: `!request.dryRun || request.options.?fieldManager.orValue("") != "${fieldManager}"` },
    variables: {
      ...Object.fromEntries([...all].map(([name, objects]) => [variable(name), literal(objects)])),
      repositories: literal(repositories(rendered, environment)),
      rendered: [
        `{${[...all.keys()].map((name) => `"${name}": dyn(variables.${variable(name)})`).join(', ')}}`,
        '[?object.metadata.name].orValue({})[?object.kind].orValue({})',
      ].join(''),
      spec: 'object.?spec.orValue({})',
      want: 'variables.rendered.?spec.orValue({})',
      pod: 'object.?spec.?template.?spec.orValue({})',
      wantPod: 'variables.want.?template.?spec.orValue({})',
      containers: 'variables.pod.?containers.orValue([])',
      wantContainers: 'variables.wantPod.?containers.orValue([])',
      image: 'variables.containers[?0].?image.orValue("")',
      repository: 'variables.repositories[?object.metadata.name].orValue("none")',
      before: 'request.operation == "UPDATE" ? oldObject.metadata.?annotations.orValue({}) : {}',
      labels: `${template}.metadata.?labels.orValue({})`,
    },
    rules: {
      [`a release for ${environment} may have the objects that are rendered for it, and no other`]: sameBut(
        'object',
        'variables.rendered',
        ['metadata', 'spec', 'status'],
      ),
      'metadata: may have annotations of releases and Argo CD, and those of others that were there before': [
        `object.metadata.?annotations.orValue({}).all(key, key in ${JSON.stringify(annotations)}`,
        '(key in variables.before && variables.before[key] == object.metadata.annotations[key]))',
      ].join(' || '),
      'spec: has to be the rendered one': sameBut('variables.spec', 'variables.want', [
        ...assigned,
        'replicas',
        'paused',
        'template',
      ]),
      'template.metadata: has to be the rendered one': ofDeployments(
        [
          'variables.labels == variables.want.?template.?metadata.?labels.orValue({})',
          `${template}.metadata.?annotations.orValue({}).all(key, key in ${JSON.stringify(restarted)})`,
          `!has(${template}.metadata.finalizers)`,
        ].join(' && '),
      ),
      'template.spec: has to be the rendered one': ofDeployments(
        sameBut('variables.pod', 'variables.wantPod', ['containers']),
      ),
      'containers: has to be the rendered one, but for its image': ofDeployments(
        [
          'size(variables.containers) == 1',
          'size(variables.wantContainers) == 1',
          sameBut('variables.containers[0]', 'variables.wantContainers[0]', [...assigned, 'image']),
        ].join(' && '),
      ),
      'image: has to be one of the repository of the service, by digest': ofDeployments(
        [
          ofRepository('variables.image'),
          // Before the first release. It makes no pod.
          'object.spec.?paused.orValue(false) && variables.image == variables.repository',
        ].join(' || '),
      ),
    },
  });
}

/** Whoever made them, pods in the namespace of an environment run images of its services, named by digest, and no other. */
function podsPolicy(scope: Construct, environment: string, rendered: Rendered): void {
  admissionPolicy(scope, {
    name: `pods-${environment}`,
    namespace: environment,
    operations: ['CREATE', 'UPDATE'],
    resources: [
      { group: '', version: 'v1', resource: 'pods' },
      { group: '', version: 'v1', resource: 'pods/ephemeralcontainers' },
    ],
    // Otherwise a pod from before the policy could not end.
    conditions: { changes: "request.operation == 'CREATE' || object.spec != oldObject.spec" },
    variables: {
      repositories: literal(repositories(rendered, environment)),
      repository: 'variables.repositories[?object.spec.serviceAccountName].orValue("none")',
      containers:
        'object.spec.containers + object.spec.?initContainers.orValue([]) + object.spec.?ephemeralContainers.orValue([])',
    },
    rules: {
      [`a pod in ${environment} has to have the ServiceAccount of a service`]: 'variables.repository != "none"',
      'image: has to be one of the repository of the service, by digest': `variables.containers.all(container, ${ofRepository('container.image')})`,
    },
  });
}

const build: Build = (scope, { overlays, renderedSoFar }) => {
  for (const { name } of overlays) {
    releasesPolicy(scope, name, renderedSoFar);
    podsPolicy(scope, name, renderedSoFar);
  }
};

/** What may run in the namespaces of services. */
export const admission: Component = {
  name: 'admission',
  namespace: undefined,
  wave: -1,
  on: () => true,
  charts: { 'apps/platform/admission.ts': build },
};
