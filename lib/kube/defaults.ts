import type { Manifest } from './render.ts';

type Data = Record<string, unknown>;
/** Whatever is given comes before the default. */
const probe = (given: Data & { httpGet: Data }) => ({
  successThreshold: 1,
  ...given,
  httpGet: { scheme: 'HTTP', ...given.httpGet },
});
const port = (given: Data) => ({ protocol: 'TCP', ...given });
const each = <T>(list: T[] | undefined, change: (one: T) => object) => (list ? list.map(change) : undefined);

// biome-ignore lint/suspicious/noExplicitAny: a container of any kind of pod
const container = (given: any) => ({
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  ...given,
  ports: each(given.ports, port),
  ...Object.fromEntries(
    ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((name) =>
      given[name] ? [[name, probe(given[name])]] : [],
    ),
  ),
});

// biome-ignore lint/suspicious/noExplicitAny: the template of any kind of object that makes pods
const podTemplate = (template: any) => ({
  ...template,
  spec: {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    // The old name of the field.
    serviceAccount: template.spec.serviceAccountName,
    ...template.spec,
    containers: each(template.spec.containers, container),
  },
});

const byKind: Record<string, (object: Manifest) => Manifest> = {
  Deployment: (object) => ({ ...object, spec: { ...object.spec, template: podTemplate(object.spec.template) } }),
  Job: (object) => ({
    ...object,
    spec: {
      completions: 1,
      parallelism: 1,
      completionMode: 'NonIndexed',
      suspend: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      manualSelector: false,
      ...object.spec,
      template: podTemplate(object.spec.template),
    },
  }),
  CronJob: (object) => {
    const { jobTemplate } = object.spec;
    const job = { ...jobTemplate.spec, template: podTemplate(jobTemplate.spec.template) };
    return { ...object, spec: { suspend: false, ...object.spec, jobTemplate: { ...jobTemplate, spec: job } } };
  },
  Service: (object) => ({
    ...object,
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ...(object.spec.type === 'ExternalName' ? {} : { internalTrafficPolicy: 'Cluster' }),
      ...object.spec,
      ports: each(object.spec.ports, port),
    },
  }),
  // Version 1.3 of the operator's CRD.
  ExternalSecret: (object) => ({
    ...object,
    spec: {
      ...object.spec,
      target: { deletionPolicy: 'Retain', ...object.spec.target },
      data: each(object.spec.data, ({ remoteRef, ...rest }: { remoteRef: object }) => ({
        ...rest,
        remoteRef: { conversionStrategy: 'Default', decodingStrategy: 'None', metadataPolicy: 'None', ...remoteRef },
      })),
    },
  }),
};

/** Fields that the API server fills by other rules: the addresses of a Service, and how a node pulls an image, by how it is named. */
export const assigned = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'imagePullPolicy'];

/**
 * An object of ours as the API server stores it: the defaults of Kubernetes 1.37 for the fields that the charts of services leave out. The story
 * `admission` compares all kinds with the real API server.
 */
export const withDefaults = (object: Manifest): Manifest =>
  JSON.parse(JSON.stringify(byKind[object.kind]?.(object) ?? object));
