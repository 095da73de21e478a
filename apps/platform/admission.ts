import type { Construct } from 'constructs';
import { admissionPolicy, literal, sameBut } from '../../lib/kube/admission.ts';
import { assigned, withDefaults } from '../../lib/kube/defaults.ts';
import { annotation } from '../../lib/kube/labels.ts';
import { podSpecs } from '../../lib/rules/placed.ts';
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

/** The same by the names of all objects that make pods. */
const repositoriesOfPods = (rendered: Rendered, environment: string): Record<string, string> => {
  const all = repositories(rendered, environment);
  return Object.fromEntries(
    rendered.flatMap(({ app, objects }) =>
      app.project === environment
        ? objects.flatMap((object) =>
            podSpecs(object).map(
              ({ containers }) => [object.metadata.name, all[containers?.[0].image] as string] as const,
            ),
          )
        : [],
    ),
  );
};

/** What is rendered for a namespace, by name and kind: services, and what the platform has there. Of metadata it has annotations alone. */
function objectsIn(rendered: Rendered, namespace: string): Map<string, Record<string, object>> {
  const all = new Map<string, Record<string, object>>();
  for (const object of rendered.flatMap(({ objects }) => objects)) {
    const { metadata, ...rest } = withDefaults(object);
    const { name, annotations } = metadata;
    const one = { ...rest, ...(annotations ? { metadata: { annotations } } : {}) };
    if (metadata.namespace === namespace) all.set(name, { ...all.get(name), [object.kind]: one });
  }
  return all;
}

/** Labels that the API server gives to the pods of a Job, with the selector. */
const jobLabels = ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name'];

/**
 * Argo CD applies whatever a release file says, and Kustomize patches and adds whatever one says. So in the namespace of an environment Argo CD may
 * write what is rendered for that namespace, and of what makes pods a release decides the digest of the image. Rules for kinds that are not
 * rendered there are left out.
 *
 * For a moment after a change of both, an object may be refused: Argo CD retries. It compares by dry runs, which change nothing and pass: where one
 * is refused, version 3.6.1 shows the Application as synced a minute later and never applies what git says.
 */
function releasesPolicy(scope: Construct, environment: string, rendered: Rendered): void {
  const all = objectsIn(rendered, environment);
  const has = (kind: string) => [...all.values()].some((objects) => kind in objects);
  const [jobs, cronJobs] = [has('Job'), has('CronJob')];
  const when = <T>(condition: boolean, ...more: T[]) => (condition ? more : []);
  const annotated = [...all.values()].flatMap((objects) => Object.values(objects)).some((one) => 'metadata' in one);
  const ofPods = (expression: string) =>
    `${['Deployment', ...when(jobs, 'Job'), ...when(cronJobs, 'CronJob')].map((kind) => `object.kind != '${kind}'`).join(' && ')} || (${expression})`;
  /** CEL: one expression for objects of a kind, and another for all others. */
  const choose = (kind: string, there: boolean, own: string, others: string) =>
    there ? `object.kind == '${kind}' ? (${own}) : (${others})` : others;
  const [template, wantTemplate] = cronJobs
    ? ['variables.template', 'variables.wantTemplate']
    : ['object.spec.template', 'variables.want.?template'];
  const jobTemplate = 'object.spec.jobTemplate';
  const labels = `${wantTemplate}.?metadata.?labels.orValue({})`;
  const specBut = (...keys: string[]) => sameBut('variables.spec', 'variables.want', [...assigned, ...keys]);
  admissionPolicy(scope, {
    name: `releases-${environment}`,
    account,
    namespace: environment,
    operations: ['CREATE', 'UPDATE'],
    resources: [{ group: '*', version: '*', resource: '*' }],
    conditions: {
      applies: `!request.dryRun || request.options.?fieldManager.orValue("") != "${fieldManager}"`,
      // Of a Job of the sync before, which may be rendered in another way now, Argo CD takes its finalizer away, and deletes it.
      ...(jobs
        ? { changes: "object.kind != 'Job' || request.operation == 'CREATE' || object.spec != oldObject.spec" }
        : {}),
    },
    variables: {
      ...Object.fromEntries([...all].map(([name, objects]) => [variable(name), literal(objects)])),
      repositories: literal(repositoriesOfPods(rendered, environment)),
      rendered: [
        `{${[...all.keys()].map((name) => `"${name}": dyn(variables.${variable(name)})`).join(', ')}}`,
        '[?object.metadata.name].orValue({})[?object.kind].orValue({})',
      ].join(''),
      spec: 'object.?spec.orValue({})',
      want: 'variables.rendered.?spec.orValue({})',
      ...(cronJobs
        ? {
            template: choose('CronJob', true, `${jobTemplate}.spec.template`, 'object.?spec.?template.orValue({})'),
            wantTemplate: choose(
              'CronJob',
              true,
              'variables.want.?jobTemplate.?spec.?template.orValue({})',
              'variables.want.?template.orValue({})',
            ),
          }
        : {}),
      pod: cronJobs ? `${template}.?spec.orValue({})` : 'object.?spec.?template.?spec.orValue({})',
      wantPod: `${wantTemplate}.?spec.orValue({})`,
      containers: 'variables.pod.?containers.orValue([])',
      wantContainers: 'variables.wantPod.?containers.orValue([])',
      image: 'variables.containers[?0].?image.orValue("")',
      repository: 'variables.repositories[?object.metadata.name].orValue("none")',
      before: 'request.operation == "UPDATE" ? oldObject.metadata.?annotations.orValue({}) : {}',
      ...(annotated ? { annotations: 'variables.rendered.?metadata.?annotations.orValue({})' } : {}),
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
        ...when(
          annotated,
          '(key in variables.annotations && variables.annotations[key] == object.metadata.annotations[key])',
        ),
        '(key in variables.before && variables.before[key] == object.metadata.annotations[key]))',
      ].join(' || '),
      'spec: has to be the rendered one': choose(
        'Job',
        jobs,
        specBut('template', 'selector'),
        choose('CronJob', cronJobs, specBut('suspend', 'jobTemplate'), specBut('replicas', 'paused', 'template')),
      ),
      ...(cronJobs
        ? {
            'jobTemplate: has to be the rendered one': choose(
              'CronJob',
              true,
              [
                sameBut(jobTemplate, 'variables.want.jobTemplate', ['metadata', 'spec']),
                sameBut(`${jobTemplate}.spec`, 'variables.want.jobTemplate.spec', ['template']),
                `${jobTemplate}.?metadata.?labels.orValue({}) == {}`,
                `${jobTemplate}.?metadata.?annotations.orValue({}) == {}`,
                `${jobTemplate}.?metadata.?finalizers.orValue([]) == []`,
              ].join(' && '),
              'true',
            ),
          }
        : {}),
      'template.metadata: has to be the rendered one': ofPods(
        [
          jobs
            ? `(${choose('Job', true, sameBut('variables.labels', labels, jobLabels), `variables.labels == ${labels}`)})`
            : `variables.labels == ${labels}`,
          `${template}.metadata.?annotations.orValue({}).all(key, key in ${JSON.stringify(restarted)})`,
          `!has(${template}.metadata.finalizers)`,
        ].join(' && '),
      ),
      'template.spec: has to be the rendered one': ofPods(
        sameBut('variables.pod', 'variables.wantPod', ['containers']),
      ),
      'containers: has to be the rendered one, but for its image': ofPods(
        [
          'size(variables.containers) == 1',
          'size(variables.wantContainers) == 1',
          sameBut('variables.containers[0]', 'variables.wantContainers[0]', [...assigned, 'image']),
        ].join(' && '),
      ),
      'image: has to be one of the repository of the service, by digest': ofPods(
        [
          ofRepository('variables.image'),
          // Before the first release. It makes no pod.
          'object.spec.?paused.orValue(false) && variables.image == variables.repository',
          ...when(
            cronJobs,
            "object.kind == 'CronJob' && object.spec.?suspend.orValue(false) && variables.image == variables.repository",
          ),
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
