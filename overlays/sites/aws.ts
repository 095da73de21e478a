import { baseImages, fluentBitImage, monitoringImages, ownImages, toolImages } from '../images.ts';
import {
  bucketSuffix,
  clusters,
  databasePort,
  devDatabaseWriter,
  globalDatabaseWriter,
  kafkaBrokers,
  kafkaPort,
  loginRole,
  nodeLogGroup,
  programRepository,
  registry,
  secretId,
  signingKeyAlias,
} from '../names.ts';
import type { Region, Site } from '../overlay.ts';
import { byRegion } from '../regions/index.ts';
import { seoul } from '../regions/seoul.ts';

const domain = 'tickets.example';
const { grafana, ...images } = monitoringImages;
const program = (name: keyof typeof ownImages, region: Region) =>
  `${registry(region)}/${programRepository(name)}@${ownImages[name]}`;

/** Private addresses (RFC 1918, 6598), whichever of them a VPC uses. */
const own = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'];
const inside = (port: number) => own.map((cidr) => ({ cidr, port }));

/** The company's clusters. */
export const aws: Site = {
  ingress: { domain, className: 'traefik', namespace: 'ingress', tls: true },
  // ECR replicates across regions, and deletes, by rules of the registry.
  registry: { insecure: false, copies: false, prunes: false },
  forge: {
    kind: 'github',
    url: 'https://github.com',
    api: 'https://api.github.com',
    owner: 'tickets-example',
    link: 'https://github.com/tickets-example',
  },
  images: { ...toolImages, programs: program('programs', seoul) },
  baseImages,
  signingKey: { kms: `awskms:///${signingKeyAlias}` },
  // The first two are Trivy's own defaults. Databases are rarely older than a day.
  scanDatabase: {
    mirrors: ['mirror.gcr.io/aquasec', 'ghcr.io/aquasecurity', 'public.ecr.aws/aquasecurity'],
    maxHours: 48,
  },
  sonarqube: { server: 'https://sonarqube.tickets.example' },
  secrets: {
    store: 'aws-secrets-manager',
    id: secretId,
    ecr: { regions: byRegion(({ aws }) => aws.region), role: (login) => loginRole(seoul, login) },
  },
  onDemandNodes: { 'karpenter.sh/capacity-type': 'on-demand' },
  mostReplicas: undefined,
  runs: {
    nodes: { key: 'tickets.example/nodes', value: 'runs' },
    atOnce: 10,
    // In the zone of the node that the run gets.
    volumes: {
      provisioner: 'ebs.csi.aws.com',
      parameters: { type: 'gp3', encrypted: 'true' },
      binding: 'WaitForFirstConsumer',
    },
  },
  stores: byRegion((region) => ({
    dynamodb: undefined,
    s3: undefined,
    bucketSuffix: bucketSuffix(region),
    kafka: { brokers: kafkaBrokers(region), protocol: 'SASL_SSL', places: inside(kafkaPort) },
    postgres: {
      // Not verified: pods know the database by another name than its certificate does.
      sslMode: 'require',
      clusters: {
        // Of the other region, too: an application may move to Tokyo while the writer stays in Seoul.
        prod: { writer: globalDatabaseWriter, places: inside(databasePort) },
        dev: { writer: devDatabaseWriter(seoul), places: inside(databasePort) },
      },
    },
  })),
  // Registries, forge and SonarQube have public addresses.
  networks: { own, places: {} },
  entrance: true,
  webhookPorts: [443],
  regions: byRegion((region) => ({
    registry: registry(region),
    notifierImage: program('notifier', region),
    argocdLink: `https://argocd.${region.subdomain}${domain}`,
    nodes: {
      cluster: clusters[region.name].name,
      role: clusters[region.name].nodeRole,
      // Nodes are replaced within two weeks. Pin a version here to hold an upgrade back.
      image: 'al2023@latest',
      // The same in both: after a failover Tokyo carries all traffic.
      limits: { cpu: '200', memory: '800Gi' },
    },
    logs: {
      image: fluentBitImage,
      awsRegion: region.aws.region,
      groups: {
        application: nodeLogGroup(clusters[region.name].name, 'application'),
        dataplane: nodeLogGroup(clusters[region.name].name, 'dataplane'),
        host: nodeLogGroup(clusters[region.name].name, 'host'),
      },
    },
    monitoring: {
      images,
      grafana,
      keeps: { days: 15, size: '50Gi' },
      volume: { provisioner: 'ebs.csi.aws.com', parameters: { type: 'gp3', encrypted: 'true' } },
      ingress: { namespace: 'ingress', port: 9100 },
      stores: undefined,
      datadog: { cluster: clusters[region.name].name, site: 'ap1.datadoghq.com', handle: '@slack-tickets-alerts' },
    },
  })),
};
