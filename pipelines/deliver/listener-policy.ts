import type { Construct } from 'constructs';
import { admissionPolicy } from '../../lib/kube/admission.ts';
import type { Pipeline } from '../../lib/kube/tekton.ts';
import { kebab } from '../../lib/kube/variables.ts';
import type { OwnNodes } from '../../overlays/overlay.ts';

const name = 'ci-listen';

/** The params that a push sets. All others are the platform's: tokens go where `repository` and `analysis` say. */
const pushed = ['commit', 'subject', 'author'];
/** The pod settings of the trigger templates. Others, such as volumes and env, could give a pod Secrets. */
const podKeys = [
  'automountServiceAccountToken',
  'enableServiceLinks',
  'nodeSelector',
  'priorityClassName',
  'securityContext',
  'tolerations',
];

/**
 * The EventListener may create runs, and a run can use any Secret of its namespace, by a pipeline of its own. So it may create only what the
 * trigger templates create, with the params that a push sets.
 *
 * For a second after a change of both, a run may be refused: redeliver-pushes redelivers its push.
 */
export function listenerPolicy(
  scope: Construct,
  pipeline: Pipeline,
  services: { name: string; volumeClass: string; params: Record<string, string | readonly string[]> }[],
  ownNodes: OwnNodes | undefined,
): void {
  // As text, because items of a CEL list have one type. In the order of the template, because CEL sorts only since Kubernetes 1.34.
  const known = services.map(({ params }) =>
    Object.entries(params).map(([key, value]) => `${kebab(key)}=${[value].flat().join(' ')}`),
  );
  const accounts = Object.fromEntries(pipeline.tasks.map(({ name, serviceAccount }) => [name, serviceAccount]));
  const classes = Object.fromEntries(services.map(({ name, volumeClass }) => [name, volumeClass]));
  // Whatever shares a volume with the code of a push stays on the nodes of runs.
  const nodes = ownNodes ? { [ownNodes.key]: ownNodes.value } : {};
  const apart = pipeline.tasks.filter(({ workspaces }) => Object.keys(workspaces).length === 0).map(({ name }) => name);
  // Tekton's defaults are set before the policy runs.
  const account = (of: string) => `${of}serviceAccountName.orValue('default')`;
  admissionPolicy(scope, {
    name,
    account: { namespace: 'ci', name: 'listen' },
    operations: ['CREATE'],
    resources: [{ group: 'tekton.dev', version: 'v1', resource: 'pipelineruns' }],
    variables: {
      known: JSON.stringify(known),
      given: [
        `object.spec.?params.orValue([]).filter(param, !(param.name in ${JSON.stringify(pushed)}))`,
        "map(param, param.name + '=' + (type(param.value) == list ? param.value.join(' ') : param.value))",
      ].join('.'),
      accounts: JSON.stringify(accounts),
      classes: JSON.stringify(classes),
      services: "object.spec.?params.orValue([]).filter(param, param.name == 'service').map(param, param.value)",
      spaces: 'object.spec.?workspaces.orValue([])',
      tasks: 'object.spec.?taskRunSpecs.orValue([])',
      pods: '[object.spec.?taskRunTemplate.?podTemplate.orValue({})] + variables.tasks.map(task, task.?podTemplate.orValue({}))',
    },
    rules: {
      [`listen may start the pipeline ${pipeline.name} by its name, and nothing else`]: `object.spec.?pipelineRef.orValue({}) == ${JSON.stringify({ name: pipeline.name })} && !has(object.spec.pipelineSpec)`,
      [`params but ${pushed.join(', ')}: have to be those of a service, as in its trigger template`]:
        'variables.given in variables.known',
      // No dataSource and the like, which would copy another volume.
      'workspaces: may be new volumes only': [
        'variables.spaces.all(space, space.all(key, key in ["name", "volumeClaimTemplate"]))',
        'variables.spaces.all(space, space.?volumeClaimTemplate.?spec.orValue({}).all(key, key in ["accessModes", "resources", "storageClassName"]))',
      ].join(' && '),
      // By its class a volume counts to the runs of a service.
      'workspaces: have to be volumes of the class of the service':
        'variables.spaces.all(space, space.?volumeClaimTemplate.?spec.?storageClassName.orValue("") == variables.classes[?variables.services[?0].orValue("")].orValue("none"))',
      'taskRunSpecs: may have an account and a pod template only':
        'variables.tasks.all(task, task.all(key, key in ["pipelineTaskName", "serviceAccountName", "podTemplate"]))',
      'serviceAccountName: has to be that of the task in the pipeline': [
        `${account('object.spec.?taskRunTemplate.?')} == 'default'`,
        `variables.tasks.all(task, ${account('task.?')} == variables.accounts[?task.pipelineTaskName].orValue('default'))`,
      ].join(' && '),
      'nodeSelector: has to be that of the trigger template': [
        `object.spec.?taskRunTemplate.?podTemplate.?nodeSelector.orValue({}) == ${JSON.stringify(nodes)}`,
        `variables.tasks.all(task, task.pipelineTaskName in ${JSON.stringify(apart)} || task.?podTemplate.?nodeSelector.orValue(${JSON.stringify(nodes)}) == ${JSON.stringify(nodes)})`,
      ].join(' && '),
      [`podTemplate: may have ${podKeys.join(', ')} only`]: `variables.pods.all(pod, pod.all(key, key in ${JSON.stringify(podKeys)}))`,
    },
  });
}
