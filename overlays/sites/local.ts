import { createHash } from 'node:crypto';
import type { DataName, RegionName, RegionStores, Site } from '../overlay.ts';
import { byRegion, regions } from '../regions/index.ts';

/** Addresses of the embedded platform. */
export const addresses = {
  /** What joins the regions, the forge, the Slack stand-in and SonarQube. */
  bridge: '10.89.0.0/24',
  /** The machine: forge and Slack stand-in. */
  machine: '10.89.0.1',
  sonarqube: '10.89.0.4',
  /** Where the public enters: firewall, gateway, sign-in. */
  entrance: '10.89.0.5',
  seoul: { node: '10.89.0.2', pods: '10.244.0.0/16', services: '10.96.0.0/16' },
  tokyo: { node: '10.89.0.3', pods: '10.245.0.0/16', services: '10.97.0.0/16' },
};

/** Makes the volumes of a region (`engines/delivery/volumes`). */
export const volumeProvisioner = 'tickets.example/node-volume';

/** Names and ports as pods use them. */
export const inside = {
  domain: 'localhost',
  forge: { host: 'forge.internal', port: 3000, owner: 'tickets' },
  slack: { host: 'slack.internal', port: 8800 },
  sonarqube: { host: 'sonarqube.internal', port: 9000 },
  registry: { seoul: 'registry.seoul.internal', tokyo: 'registry.tokyo.internal', port: 5000 },
  kafka: { seoul: 'kafka.seoul.internal', tokyo: 'kafka.tokyo.internal', port: 9092 },
  dynamodb: { seoul: 'dynamodb.seoul.internal', tokyo: 'dynamodb.tokyo.internal' },
  s3: { seoul: 's3.seoul.internal', tokyo: 's3.tokyo.internal', port: 7070 },
  /** A port for each data name, because each is a cluster of its own. */
  /** Metrics of the ingress, and of what copies the stores, at the address of the region. */
  metrics: { ingress: 9101, stores: 9187 },
  postgres: { seoul: 'postgres.seoul.internal', tokyo: 'postgres.tokyo.internal', ports: { prod: 5432, dev: 5433 } },
};

/** All data names; their order decides ports, so a new one comes last. */
const dataNames: readonly DataName[] = ['dev', 'prod'];
/**
 * Port of the DynamoDB of one service's data, 20000 to 29999. Each is a process of its own: the engine checks no signature, so only the network keeps
 * the services apart. It depends on these two names alone: if another service moved it, pods that run would talk to a foreign table.
 * Services whose ports are the same are refused (`apps/definition.ts`).
 */
export const dynamodbPort = (data: DataName, service: string): number =>
  20_000 + 5000 * dataNames.indexOf(data) + (createHash('sha256').update(service).digest().readUInt32BE() % 5000);

/** Loopback ports at which people reach the S3 of a region. */
export const s3PublicPort = { seoul: 7070, tokyo: 7071 };

const forgeUrl = `http://${inside.forge.host}:${inside.forge.port}`;

const monitoringNames = ['prometheus', 'alertmanager', 'kubeStateMetrics', 'nodeExporter'] as const;
export const isOfMonitoring = (name: string): boolean => (monitoringNames as readonly string[]).includes(name);

/** Images that the embedded platform builds itself, with digest; the names are those of the JSON file given to `--images`. */
export const localImageNames = [
  'git',
  'crane',
  'kaniko',
  'golang',
  'maven',
  'python',
  'programs',
  'trivy',
  'cosign',
  'sonarScanner',
  'notifier',
  ...monitoringNames,
  'GO_IMAGE',
  'RUNTIME_IMAGE',
  'MAVEN_IMAGE',
  'JAVA_IMAGE',
  'PYTHON_IMAGE',
] as const;
export type LocalImages = Record<(typeof localImageNames)[number], string>;

/** Databases of data that have a copy are reached in both regions, because the writer may be in either. */
const databases: Record<DataName, readonly RegionName[]> = {
  prod: ['seoul', 'tokyo'],
  dev: ['seoul'],
};
const place = (address: string, port: number) => ({ cidr: `${address}/32`, port });

/** The stores of the embedded platform. */
export const localStores = byRegion(
  ({ name }): RegionStores => ({
    dynamodb: { host: inside.dynamodb[name], address: addresses[name].node, port: dynamodbPort },
    s3: {
      url: `http://${inside.s3[name]}:${inside.s3.port}`,
      publicUrl: `http://localhost:${s3PublicPort[name]}`,
      place: place(addresses[name].node, inside.s3.port),
    },
    bucketSuffix: '',
    kafka: {
      brokers: `${inside.kafka[name]}:${inside.kafka.port}`,
      protocol: 'SASL_PLAINTEXT',
      places: [place(addresses[name].node, inside.kafka.port)],
    },
    postgres: {
      sslMode: 'disable',
      clusters: Object.fromEntries(
        dataNames
          .filter((data) => databases[data].includes(name))
          .map((data) => [
            data,
            {
              writer: undefined,
              places: databases[data].map((region) => place(addresses[region].node, inside.postgres.ports[data])),
            },
          ]),
      ),
    },
  }),
);

/** Whether `up` starts the stores if nobody says otherwise. Without them the services keep their data in memory. */
export const storesByDefault = true;

/** The embedded platform on one machine; without SonarQube or stores where memory is short. */
export const local = (
  {
    GO_IMAGE,
    RUNTIME_IMAGE,
    MAVEN_IMAGE,
    JAVA_IMAGE,
    PYTHON_IMAGE,
    notifier,
    prometheus,
    alertmanager,
    kubeStateMetrics,
    nodeExporter,
    ...images
  }: LocalImages,
  has: { sonarqube?: boolean; stores?: boolean; monitoring?: boolean } = {},
): Site => ({
  ingress: { domain: inside.domain, className: 'traefik', namespace: 'ingress', tls: false },
  registry: { insecure: true, copies: true, prunes: true },
  forge: {
    kind: 'gitea',
    url: forgeUrl,
    api: `${forgeUrl}/api/v1`,
    owner: inside.forge.owner,
    // People reach the forge at the same port of the loopback.
    link: `http://localhost:${inside.forge.port}/${inside.forge.owner}`,
  },
  images,
  baseImages: { GO_IMAGE, RUNTIME_IMAGE, MAVEN_IMAGE, JAVA_IMAGE, PYTHON_IMAGE },
  signingKey: { secret: 'signing-key' },
  scanDatabase: {
    folder: '/database',
    note: 'judged by the small vulnerability database of the embedded platform, not by the one of the internet',
  },
  sonarqube:
    (has.sonarqube ?? true) ? { server: `http://${inside.sonarqube.host}:${inside.sonarqube.port}` } : undefined,
  secrets: undefined,
  onDemandNodes: {},
  stores: (has.stores ?? storesByDefault) ? localStores : undefined,
  // A region has one node: more of them would leave the runs no room on it.
  mostReplicas: 3,
  runs: {
    // A region has one node.
    nodes: undefined,
    // Few, because the node has the cores of one machine.
    atOnce: 4,
    volumes: { provisioner: volumeProvisioner, parameters: undefined, binding: 'Immediate' },
  },
  networks: {
    own: [addresses.bridge, ...regions.flatMap(({ name }) => [addresses[name].pods, addresses[name].services])],
    places: {
      forge: [{ address: addresses.machine, port: inside.forge.port }],
      registry: regions.map(({ name }) => ({ address: addresses[name].node, port: inside.registry.port })),
      sonarqube: [{ address: addresses.sonarqube, port: inside.sonarqube.port }],
    },
  },
  entrance: true,
  webhookPorts: [443, inside.slack.port],
  regions: byRegion(({ name }) => ({
    registry: `${inside.registry[name]}:${inside.registry.port}`,
    notifierImage: notifier.replace('seoul', name),
    // The web interface of Argo CD is not part of its Go module.
    argocdLink: 'none',
    nodes: undefined,
    // A program beside the kubelet does (local/logs/).
    logs: undefined,
    monitoring:
      (has.monitoring ?? true)
        ? {
            images: {
              prometheus: prometheus.replace('seoul', name),
              alertmanager: alertmanager.replace('seoul', name),
              kubeStateMetrics: kubeStateMetrics.replace('seoul', name),
              nodeExporter: nodeExporter.replace('seoul', name),
            },
            grafana: undefined,
            keeps: { days: 1, size: '1Gi' },
            volume: undefined,
            ingress: { address: `${addresses[name].node}:${inside.metrics.ingress}` },
            stores:
              (has.stores ?? storesByDefault)
                ? { address: `${addresses[name].node}:${inside.metrics.stores}` }
                : undefined,
            datadog: undefined,
          }
        : undefined,
  })),
});
