import type { Construct } from 'constructs';
import { admissionPolicy, literal, sameBut } from '../../lib/kube/admission.ts';
import { annotation, label } from '../../lib/kube/labels.ts';
import type { RunSpec } from '../../lib/kube/tekton.ts';

/** A PipelineRun as a trigger template has it, with `$(tt.params.…)` where a push says something. */
export type RunTemplate = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
  spec: RunSpec;
};

/** Triggers adds them to what it creates. */
const triggersLabels = ['eventlistener', 'trigger', 'triggers-eventid'].map((key) => `triggers.tekton.dev/${key}`);
const [labels, annotations] = ['object.metadata.?labels.orValue({})', 'object.metadata.?annotations.orValue({})'];
const spaces = 'object.spec.?workspaces.orValue([])';

/** A part of a trigger template as CEL, with what a push says at its places. */
const template = (part: unknown): string =>
  literal(part, '', (text) =>
    text
      .split(/\$\(tt\.params\.(\w+)\)/)
      .map((piece, at) => (at % 2 === 1 ? `variables.${piece}` : JSON.stringify(piece)))
      .filter((piece, _, all) => piece !== '""' || all.length === 1)
      .join(' + '),
  );

/** What a push gives, from one of its places in the run. A template has it at all of them, so all have to be equal. */
const fromPush = {
  commit: `${labels}[?'${label.commit}'].orValue('')`,
  short: "variables.commit.matches('^[0-9a-f]{40}$') ? variables.commit.substring(0, 12) : ''",
  subject: `${annotations}[?'${annotation.subject}'].orValue('')`,
  author: `${annotations}[?'${annotation.author}'].orValue('')`,
  redelivered: `${annotations}[?'${annotation.redelivered}'].orValue('')`,
};

/**
 * The EventListener may create runs, and a run can use any Secret of its namespace, by a pipeline of its own; its labels and annotations reach
 * its pods. So the listener may create only what the trigger template of a service says, part by part.
 *
 * For a second after a change of both, a run may be refused: redeliver-pushes redelivers its push.
 */
export function listenerPolicy(scope: Construct, templates: Record<string, RunTemplate>): void {
  // The rest is the same for every service.
  const [{ spec }] = Object.values(templates) as [RunTemplate];
  const ofServices = (part: (template: RunTemplate) => unknown) =>
    `${template(Object.fromEntries(Object.entries(templates).map(([service, one]) => [service, part(one)])))}[variables.service]`;
  const only = (map: string, keys: readonly string[]) => `${map}.all(key, key in ${JSON.stringify(keys)})`;
  const metadata = 'of the trigger template of a service, with one commit, subject and author at all places';
  admissionPolicy(scope, {
    name: 'ci-listen',
    account: { namespace: 'ci', name: 'listen' },
    operations: ['CREATE'],
    resources: [{ group: 'tekton.dev', version: 'v1', resource: 'pipelineruns' }],
    variables: {
      service: `${labels}[?'${label.service}'].orValue('')`,
      ...fromPush,
      metadata: ofServices(({ metadata }) => metadata),
      params: ofServices(({ spec }) => spec.params),
      // Of the class of the service, by which a volume counts to its runs. No dataSource and the like, which would copy another volume.
      volumes: ofServices(({ spec }) =>
        spec.workspaces.map(({ name, volumeClaimTemplate: { spec } }) => ({ name, spec })),
      ),
    },
    rules: {
      [`listen may start the pipeline ${spec.pipelineRef.name} by its name, and nothing else`]: `object.spec.?pipelineRef.orValue({}) == ${template(spec.pipelineRef)} && !has(object.spec.pipelineSpec)`,
      [`spec: may have ${Object.keys(spec).join(', ')} only`]: only('object.spec', Object.keys(spec)),
      [`label ${label.service}: has to be ${Object.keys(templates).join(', ')}`]: `variables.service in ${JSON.stringify(Object.keys(templates))}`,
      [`metadata: has to be that ${metadata}`]: [
        "variables.short != ''",
        'object.metadata.?name.orValue("") == variables.metadata.name',
        // An owner or a finalizer would decide when the run is deleted.
        '!has(object.metadata.ownerReferences) && !has(object.metadata.finalizers)',
        sameBut(labels, 'variables.metadata.labels', triggersLabels),
        `${annotations} == variables.metadata.annotations`,
      ].join(' && '),
      [`params: have to be those ${metadata}`]: 'object.spec.?params.orValue([]) == variables.params',
      [`workspaces: have to be the new volumes ${metadata}`]: [
        `${spaces}.map(space, {'name': dyn(space.name), 'spec': dyn(space.?volumeClaimTemplate.?spec.orValue({}))}) == variables.volumes`,
        `${spaces}.all(space, ${only('space', ['name', 'volumeClaimTemplate'])})`,
        // Tekton's webhook adds the last two, empty.
        `${spaces}.all(space, ${only('space.volumeClaimTemplate', ['spec', 'metadata', 'status'])})`,
        `${spaces}.all(space, ${only('space.volumeClaimTemplate.?metadata.orValue({})', ['creationTimestamp'])})`,
      ].join(' && '),
      'timeouts: have to be those of the trigger template': `object.spec.?timeouts.orValue({}) == ${template(spec.timeouts)}`,
      'taskRunTemplate: has to be that of the trigger template': [
        // Tekton's webhook sets the account.
        `object.spec.?taskRunTemplate.?serviceAccountName.orValue('default') == 'default'`,
        `object.spec.?taskRunTemplate.?podTemplate.orValue({}) == ${template(spec.taskRunTemplate.podTemplate)}`,
        only('object.spec.?taskRunTemplate.orValue({})', ['serviceAccountName', 'podTemplate']),
      ].join(' && '),
      'taskRunSpecs: have to be those of the trigger template': `object.spec.?taskRunSpecs.orValue([]) == ${template(spec.taskRunSpecs)}`,
    },
  });
}
