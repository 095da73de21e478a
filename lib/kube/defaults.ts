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

const byKind: Record<string, (object: Manifest) => Manifest> = {
  Deployment: (object) => {
    const { template } = object.spec;
    const pod = {
      restartPolicy: 'Always',
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      // The old name of the field.
      serviceAccount: template.spec.serviceAccountName,
      ...template.spec,
      containers: each(template.spec.containers, container),
    };
    return { ...object, spec: { ...object.spec, template: { ...template, spec: pod } } };
  },
  Service: (object) => ({
    ...object,
    spec: {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ...object.spec,
      ports: each(object.spec.ports, port),
    },
  }),
};

/** Fields that the API server fills by other rules: the addresses of a Service, and how a node pulls an image, by how it is named. */
export const assigned = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'imagePullPolicy'];

/**
 * An object of ours as the API server stores it: the defaults of Kubernetes 1.37 for the fields that `charts/web-service.ts` leaves out. The story
 * `admission` compares all kinds with the real API server.
 */
export const withDefaults = (object: Manifest): Manifest =>
  JSON.parse(JSON.stringify(byKind[object.kind]?.(object) ?? object));
