/** Runs that the EventListener may not start: what is changed of one that it may, and the words of the rule that refuses it. */

// biome-ignore lint/suspicious/noExplicitAny: a PipelineRun, of which each case changes another part
export type Run = any;

const volumes = [{ name: 'key', secret: { secretName: 'signing-key' } }];
/** It reads a Secret. */
export const taskSpec = {
  volumes,
  steps: [{ name: 'read', image: 'x', volumeMounts: [{ name: 'key', mountPath: '/key' }] }],
};
const param = (run: Run, name: string) => run.spec.params.find((param: { name: string }) => param.name === name);

const byName = 'listen may start the pipeline deliver by its name';
const [newVolumes, metadataOf, paramsOf] = ['workspaces: have to be', 'metadata: has to be', 'params: have to be'];
const [allTasks, eachTask] = ['taskRunTemplate: has to be', 'taskRunSpecs: have to be'];
export const foreignRuns: [what: string, words: string, change: (run: Run) => unknown][] = [
  [
    'a pipeline of its own with a volume of a secret',
    byName,
    (run) => {
      const { pipelineRef: _, ...spec } = run.spec;
      run.spec = { ...spec, pipelineSpec: { tasks: [{ name: 'read', taskSpec }] }, taskRunSpecs: [], workspaces: [] };
    },
  ],
  [
    'the same as v1beta1',
    byName,
    (run) => {
      run.apiVersion = 'tekton.dev/v1beta1';
      run.spec = { pipelineSpec: { tasks: [{ name: 'read', taskSpec }] } };
    },
  ],
  [
    'a pipeline from elsewhere',
    byName,
    ({ spec }) => {
      spec.pipelineRef = { resolver: 'git', params: [{ name: 'url', value: 'https://example.org/x.git' }] };
    },
  ],
  [
    'a secret as its workspace',
    newVolumes,
    ({ spec }) => {
      spec.workspaces = [{ name: 'source', secret: { secretName: 'signing-key' } }];
    },
  ],
  [
    'a copy of another volume',
    newVolumes,
    ({ spec }) => {
      spec.workspaces[0].volumeClaimTemplate.spec.dataSource = { kind: 'PersistentVolumeClaim', name: 'other' };
    },
  ],
  [
    'volumes of another service',
    newVolumes,
    ({ spec }) => {
      spec.workspaces[0].volumeClaimTemplate.spec.storageClassName = 'run-live';
    },
  ],
  [
    'pods on other nodes',
    allTasks,
    ({ spec }) => {
      spec.taskRunTemplate.podTemplate.nodeSelector = { a: 'b' };
    },
  ],
  [
    'pods with a volume of a secret',
    allTasks,
    ({ spec }) => {
      spec.taskRunTemplate.podTemplate.volumes = volumes;
    },
  ],
  [
    'one task with a secret in its environment',
    eachTask,
    ({ spec }) => {
      const valueFrom = { secretKeyRef: { name: 'signing-key', key: 'cosign.key' } };
      spec.taskRunSpecs[0].podTemplate.env = [{ name: 'KEY', valueFrom }];
    },
  ],
  [
    'a task as the account of another',
    eachTask,
    ({ spec }) => {
      spec.taskRunSpecs[0].serviceAccountName = 'release';
    },
  ],
  [
    'all tasks as another account',
    allTasks,
    ({ spec }) => {
      spec.taskRunTemplate.serviceAccountName = 'release';
    },
  ],
  [
    'a repository that is sent the token',
    paramsOf,
    (run) => {
      param(run, 'repository').value = 'http://example.org/x.git';
    },
  ],
  [
    'an analysis that is sent the token',
    paramsOf,
    (run) => param(run, 'analysis').value.push('-Dsonar.host.url=http://example.org'),
  ],
  [
    'an image on a base of its own',
    paramsOf,
    (run) => {
      param(run, 'bases').value = ['--build-arg=GO_IMAGE=example.org/go:latest'];
    },
  ],
  [
    'a task under the label of another',
    eachTask,
    ({ spec }) => {
      spec.taskRunSpecs[0].metadata = { labels: { 'tekton.dev/pipelineTask': 'image-push' } };
    },
  ],
  [
    'a release to prod',
    paramsOf,
    (run) => {
      param(run, 'environment').value = 'prod';
    },
  ],
  [
    'a list of which two items became one',
    paramsOf,
    (run) => {
      const { value } = param(run, 'test-command');
      value.splice(0, 2, `${value[0]} ${value[1]}`);
    },
  ],
  [
    'a param that is there twice',
    paramsOf,
    ({ spec }) => {
      // The policy's answer comes before that of Tekton, which would refuse it too.
      spec.params.push(spec.params[0]);
    },
  ],
  [
    'a run of another commit than its label says',
    paramsOf,
    (run) => {
      param(run, 'commit').value = 'f'.repeat(40);
    },
  ],
  [
    'a run that a gate-keeper takes for that of another commit',
    metadataOf,
    ({ metadata }) => {
      metadata.name = 'ticket-main-ffffffffffff';
    },
  ],
  [
    'pods with a label that lets them in elsewhere',
    metadataOf,
    ({ metadata }) => {
      metadata.labels.app = 'redeliver-pushes';
    },
  ],
  [
    'a run without the label of its environment',
    metadataOf,
    ({ metadata }) => {
      delete metadata.labels['tickets.example/environment'];
    },
  ],
  [
    'a run that is notified already',
    metadataOf,
    ({ metadata }) => {
      metadata.annotations['notifier.tickets.example/notified'] = '{}';
    },
  ],
  [
    'a run that links to another repository',
    metadataOf,
    ({ metadata }) => {
      metadata.annotations['tickets.example/repository'] = 'http://example.org/x.git';
    },
  ],
  [
    'a run that nobody can delete',
    metadataOf,
    ({ metadata }) => {
      metadata.finalizers = ['example.org/x'];
    },
  ],
  [
    'a run of a service that there is not',
    'label tickets.example/service: has to be',
    ({ metadata }) => {
      metadata.labels['tickets.example/service'] = 'stranger';
    },
  ],
  [
    'a run without end',
    'timeouts: have to be',
    ({ spec }) => {
      spec.timeouts = { pipeline: '0' };
    },
  ],
  [
    'a run that Tekton leaves to somebody else',
    'spec: may have',
    ({ spec }) => {
      spec.managedBy = 'example.org/x';
    },
  ],
  [
    'a run that waits for somebody to start it',
    'spec: may have',
    ({ spec }) => {
      spec.status = 'PipelineRunPending';
    },
  ],
  [
    'a larger volume',
    newVolumes,
    ({ spec }) => {
      spec.workspaces[0].volumeClaimTemplate.spec.resources.requests.storage = '1Ti';
    },
  ],
  [
    'a volume with a label of its own',
    newVolumes,
    ({ spec }) => {
      spec.workspaces[0].volumeClaimTemplate.metadata = { labels: { x: 'y' } };
    },
  ],
  [
    'one task on another node',
    eachTask,
    ({ spec }) => {
      spec.taskRunSpecs[0].podTemplate.nodeSelector = { 'kubernetes.io/hostname': 'x' };
    },
  ],
];
