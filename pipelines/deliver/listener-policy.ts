import type { Construct } from 'constructs';
import { admissionPolicy, policyRights } from '../../lib/admission.ts';
import { kebab, type Pipeline } from '../../lib/tekton.ts';

const name = 'ci-listen';
export const listenerPolicyRights = policyRights(name);

/** Where sources come from and where images and releases go. The token of the forge is sent to `repository`. */
const fixed = ['environment', 'service', 'repository', 'image', 'replica'] as const;
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
 * what the trigger templates make. What it may still choose is what a push chooses too.
 */
export function listenerPolicy(
  scope: Construct,
  pipeline: Pipeline,
  services: { params: Record<(typeof fixed)[number], string> }[],
): void {
  const known = services.map(({ params }) =>
    Object.entries(params)
      .filter(([key]) => (fixed as readonly string[]).includes(key))
      .map(([key, value]) => ({ name: kebab(key), value })),
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
      accounts: JSON.stringify(accounts),
      tasks: 'object.spec.?taskRunSpecs.orValue([])',
      pods: '[object.spec.?taskRunTemplate.?podTemplate.orValue({})] + variables.tasks.map(task, task.?podTemplate.orValue({}))',
    },
    rules: {
      [`listen may start the pipeline ${pipeline.name} by its name, and nothing else`]: `object.spec.?pipelineRef.orValue({}) == ${JSON.stringify({ name: pipeline.name })} && !has(object.spec.pipelineSpec)`,
      [`${fixed.join(', ')}: have to be those of a service, as in its trigger template`]: `object.spec.?params.orValue([]).filter(param, param.name in ${JSON.stringify(fixed)}) in variables.known`,
      'workspaces: may be new volumes only':
        'object.spec.?workspaces.orValue([]).all(space, space.all(key, key in ["name", "volumeClaimTemplate"]))',
      'serviceAccountName: has to be that of the task in the pipeline': [
        `${account('object.spec.?taskRunTemplate.?')} == 'default'`,
        `variables.tasks.all(task, ${account('task.?')} == variables.accounts[?task.pipelineTaskName].orValue('default'))`,
      ].join(' && '),
      [`podTemplate: may have ${podKeys.join(', ')} only`]: `variables.pods.all(pod, pod.all(key, key in ${JSON.stringify(podKeys)}))`,
    },
  });
}
