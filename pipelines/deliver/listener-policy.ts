import type { Construct } from 'constructs';
import { admissionPolicy } from '../../lib/kube/admission.ts';
import type { Pipeline } from '../../lib/kube/tekton.ts';
import { kebab } from '../../lib/kube/variables.ts';

const name = 'ci-listen';

/** All that a push says. The other params are the platform's: the token of the forge goes to `repository`, that of SonarQube where `analysis` says. */
const pushed = ['commit', 'subject', 'author'];
/** All that the trigger templates give a pod. Others could hand it secrets: volumes, env. */
const podKeys = [
  'automountServiceAccountToken',
  'enableServiceLinks',
  'nodeSelector',
  'priorityClassName',
  'securityContext',
];

/**
 * The EventListener may create runs, and a run can name any Secret of its namespace, as in a pipeline of its own. So it is held to
 * what the trigger templates make, and chooses what a push chooses.
 *
 * For a second after both have changed, a run may be refused: redeliver-pushes delivers its push again.
 */
export function listenerPolicy(
  scope: Construct,
  pipeline: Pipeline,
  services: { params: Record<string, string | readonly string[]> }[],
): void {
  // As text, because a list of CEL has items of one type, and in the order of the template: CEL sorts only since Kubernetes 1.34.
  const known = services.map(({ params }) =>
    Object.entries(params).map(([key, value]) => `${kebab(key)}=${[value].flat().join(' ')}`),
  );
  const accounts = Object.fromEntries(pipeline.tasks.map(({ name, serviceAccount }) => [name, serviceAccount]));
  // What is not given is given by Tekton before this is asked.
  const account = (of: string) => `${of}serviceAccountName.orValue('default')`;
  admissionPolicy(scope, {
    name,
    account: { namespace: 'ci', name: 'listen' },
    operation: 'CREATE',
    resources: [{ group: 'tekton.dev', version: 'v1', resource: 'pipelineruns' }],
    variables: {
      known: JSON.stringify(known),
      given: [
        `object.spec.?params.orValue([]).filter(param, !(param.name in ${JSON.stringify(pushed)}))`,
        "map(param, param.name + '=' + (type(param.value) == list ? param.value.join(' ') : param.value))",
      ].join('.'),
      accounts: JSON.stringify(accounts),
      spaces: 'object.spec.?workspaces.orValue([])',
      tasks: 'object.spec.?taskRunSpecs.orValue([])',
      pods: '[object.spec.?taskRunTemplate.?podTemplate.orValue({})] + variables.tasks.map(task, task.?podTemplate.orValue({}))',
    },
    rules: {
      [`listen may start the pipeline ${pipeline.name} by its name, and nothing else`]: `object.spec.?pipelineRef.orValue({}) == ${JSON.stringify({ name: pipeline.name })} && !has(object.spec.pipelineSpec)`,
      [`params but ${pushed.join(', ')}: have to be those of a service, as in its trigger template`]:
        'variables.given in variables.known',
      // Nor copies of other volumes: what a claim may say besides.
      'workspaces: may be new volumes only': [
        'variables.spaces.all(space, space.all(key, key in ["name", "volumeClaimTemplate"]))',
        'variables.spaces.all(space, space.?volumeClaimTemplate.?spec.orValue({}).all(key, key in ["accessModes", "resources"]))',
      ].join(' && '),
      'taskRunSpecs: may have an account and a pod template only':
        'variables.tasks.all(task, task.all(key, key in ["pipelineTaskName", "serviceAccountName", "podTemplate"]))',
      'serviceAccountName: has to be that of the task in the pipeline': [
        `${account('object.spec.?taskRunTemplate.?')} == 'default'`,
        `variables.tasks.all(task, ${account('task.?')} == variables.accounts[?task.pipelineTaskName].orValue('default'))`,
      ].join(' && '),
      [`podTemplate: may have ${podKeys.join(', ')} only`]: `variables.pods.all(pod, pod.all(key, key in ${JSON.stringify(podKeys)}))`,
    },
  });
}
