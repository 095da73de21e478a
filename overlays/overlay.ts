import type { BaseImage, ToolImage } from '../lib/images.ts';
import type { Networks, Place } from '../lib/kube/network-policy.ts';
import type { Resources } from '../lib/kube/resources.ts';

export type RegionName = 'seoul' | 'tokyo';
/** Whose data an environment has. The names of its stores begin with it, because environments share accounts, brokers and engines. */
export type DataName = 'dev' | 'prod';

/** A region of AWS with one cluster; locally a small cluster stands in for it. */
export type Region = {
  name: RegionName;
  /** AWS's name of the region, and the account in it. */
  aws: { region: string; account: string };
  /** Before the site's domain, in hosts of the platform itself. */
  subdomain: string;
  hasPipelines: boolean;
  /** The region whose registry gets a replica of every image. */
  replicatesTo: RegionName | undefined;
};

/** An environment, as plain data. */
export type Overlay = {
  name: string;
  region: RegionName;
  /** The environment whose releases scripts/promote brings here; undefined for the one that the pipeline releases to. */
  promotesFrom: Overlay | undefined;
  /** Two environments with the same are two places of the same data, of which one is written at a time. */
  data: DataName;
  /** Between a service's name and the site's domain in its host: `ticket.<subdomain><domain>`. */
  subdomain: string;
  /** Subdomains of other environments whose callers come here when their traffic is moved. */
  answersFor: readonly string[];
  /** The observers of the failover look at its services, each by a host of its own behind the entrance of its region. */
  observed: boolean;
  replicas: { min: number; max: number };
  /** Customers reach it, where the site has an entrance through that alone. */
  public: boolean;
  /** True: deleting an Application, or its parent, leaves the services of this environment. */
  retain: boolean;
  /** What services have here in place of what their definitions say, by the name of the service. */
  services?: Record<string, ServiceValues>;
};

export type ServiceValues = {
  /** Variables that the definition has, too. */
  env?: Record<string, string>;
  resources?: { requests?: Partial<Resources['requests']>; limits?: Partial<Resources['limits']> };
};

/** The part of an environment that a chart may read. It has no name, so a chart cannot branch on `prod`: only a field can decide. */
export type OverlayFields = Omit<Overlay, 'name' | 'promotesFrom' | 'data' | 'services'>;

/** Source of the scanner's vulnerability database. */
export type ScanDatabase =
  /** Registries and folders, tried in turn; a database older than `maxHours` is refused. */
  | { mirrors: string[]; maxHours: number }
  /** A folder of the scanner's image; every message has the `note`. */
  | { folder: string; note: string };

/** Key for signing images: of AWS KMS, or made by cosign and stored in a Secret (`key`, `password`). */
export type SigningKey = { kms: string } | { secret: string };

export type Forge = {
  kind: 'github' | 'gitea';
  /** URL for git. */
  url: string;
  /** URL of the API, for the release step. */
  api: string;
  owner: string;
  /** URL with the owner, for links in messages. */
  link: string;
};

export type Ingress = {
  domain: string;
  className: string;
  /** Namespace of the ingress controller. */
  namespace: string;
  /** The ingress controller terminates TLS, with its default certificate. */
  tls: boolean;
};

export type Registry = {
  /** Plain http. */
  insecure: boolean;
  /** The pipeline copies images to the region with the replicas; otherwise the registries replicate. */
  copies: boolean;
  /** A job of the pipeline deletes what is not retained; otherwise the registries do, by rules of their own (ECR). */
  prunes: boolean;
};

/** Which images of the services a registry keeps. */
export type Retain = {
  /** Of each environment, the last so many releases: a rollback goes to one of them. */
  releases: number;
  /** Whatever was written in the last so many days. */
  days: number;
  /** The same of layer caches, whose keys change with the week. */
  cacheDays: number;
};

/** Secrets from AWS, by the External Secrets operator. */
export type SecretSource = {
  /** ClusterSecretStore of Secrets Manager. */
  store: string;
  /** Id of a Secret in Secrets Manager. */
  id: (secret: { namespace: string; name: string }) => string;
  /** Logins to ECR: the AWS region of each registry, and the role that a login assumes. */
  ecr: { regions: Record<RegionName, string>; role: (login: string) => string };
};

export type ExternalSecret = {
  namespace: string;
  name: string;
  keys: string[];
  /** What its id has in place of the namespace. */
  of?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  type?: string;
  /** How often the operator asks for it; every 10 minutes by default. */
  refreshInterval?: string;
  /** Adds the keys to a Secret that another program creates. */
  merge?: boolean;
};

/** A Docker configuration with a login to the registries of these regions. Nobody stores it: it is refreshed before it expires. */
export type RegistryLogin = { namespace: string; name: string; registries: RegionName[] };

/** Nodes that Karpenter adds on AWS. */
export type Nodes = {
  /** Name of the cluster; subnets and security groups have it in the tag `karpenter.sh/discovery`. */
  cluster: string;
  /** IAM role of the nodes; it has no permission that a pod needs. */
  role: string;
  /** AMI alias, `<family>@<version>`. */
  image: string;
  /** Of one node pool, all of its nodes together. */
  limits: { cpu: string; memory: string };
};

/** Where the logs of nodes go. */
export type NodeLogs = {
  /** Image of Fluent Bit. */
  image: string;
  /** AWS's name of the region of the log groups. */
  awsRegion: string;
  /** Log group of what pods write, of the programs that make a node of a machine, and of the machine's system. */
  groups: { application: string; dataplane: string; host: string };
};

/** Nodes for a kind of pods alone: their label, and the taint with the same key and value. */
export type OwnNodes = { key: string; value: string };

/** What runs of the pipeline take, and where. */
export type Runs = {
  /** Nodes for the Tasks that have the code of a push or share a volume with it; undefined where all pods share the nodes. */
  nodes: OwnNodes | undefined;
  /** Runs of one service at a time; more of them wait. So no service's pushes take the room of the others. */
  atOnce: number;
  /** What makes their volumes: the provisioner, its parameters, and when. */
  volumes: {
    provisioner: string;
    parameters: Record<string, string> | undefined;
    binding: 'Immediate' | 'WaitForFirstConsumer';
  };
};

/** What watches a cluster. */
export type Monitoring = {
  images: Record<'prometheus' | 'alertmanager' | 'kubeStateMetrics' | 'nodeExporter', string>;
  /** Undefined where it is not to be had: people ask Prometheus itself. */
  grafana: string | undefined;
  /** How long Prometheus keeps what it read, and the size of that. */
  keeps: { days: number; size: string };
  /** What makes the volume for it; undefined: it is on the node's disk, and gone with the pod. */
  volume: { provisioner: string; parameters: Record<string, string> } | undefined;
  /** Where the ingress controller shows its metrics: an address outside of the pods, or the port of its pods. */
  ingress: { address: string } | { namespace: string; port: number };
  /** What measures how far the copies of the data are behind; undefined where CloudWatch has it. */
  stores: { address: string } | undefined;
  /** Datadog's agents and monitors, of this name of the cluster; undefined: without. */
  datadog: { cluster: string; site: string; handle: string } | undefined;
};

/** The site in one region, which needs no other region. */
export type RegionSite = {
  /** Registry, and folder in it, of the services' images. */
  registry: string;
  notifierImage: string;
  /** URL of Argo CD for links in messages; `none` without a web interface. */
  argocdLink: string;
  /** Undefined where the nodes are fixed. */
  nodes: Nodes | undefined;
  /** Undefined where pods of the cluster ship no logs. */
  logs: NodeLogs | undefined;
  /** Undefined: nobody watches. */
  monitoring: Monitoring | undefined;
};

/** The engines that services store in, as the pods of a region reach them. */
export type RegionStores = {
  /** A process for the data of each service; undefined: AWS's own, with the role that Pod Identity gives. */
  dynamodb: { host: string; address: string; port: (data: DataName, service: string) => number } | undefined;
  /** `publicUrl`: where people reach it. Undefined: AWS's own, with the same role. */
  s3: { url: string; publicUrl: string; place: Place } | undefined;
  /** What the names of buckets end with. */
  bucketSuffix: string;
  kafka: { brokers: string; protocol: 'SASL_PLAINTEXT' | 'SASL_SSL'; places: Place[] };
  postgres: {
    sslMode: 'disable' | 'require';
    /**
     * Of the data in this region, the name of whatever writes, and all places where that may be. Without a name the platform keeps the
     * address in an EndpointSlice of its own.
     */
    clusters: Partial<Record<DataName, { writer: string | undefined; places: Place[] }>>;
  };
};

/** One installation: the company's clusters on AWS, or the embedded platform. Code tests a field, never which site it is. */
export type Site = {
  ingress: Ingress;
  registry: Registry;
  forge: Forge;
  /** Images of steps and programs. */
  images: Record<ToolImage, string>;
  /** Build arguments of the services' Dockerfiles. */
  baseImages: Record<BaseImage, string>;
  signingKey: SigningKey;
  scanDatabase: ScanDatabase;
  /** The SonarQube whose quality gate every push must pass; undefined: the gate is off, and every message says so. */
  sonarqube: { server: string } | undefined;
  /** Undefined where Secrets are created by other means. */
  secrets: SecretSource | undefined;
  /** Labels of on-demand nodes, which have no two minutes' notice; empty where all nodes are on-demand. */
  onDemandNodes: Record<string, string>;
  /** Undefined: services keep in memory what they use stores for, one replica each. */
  stores: Record<RegionName, RegionStores> | undefined;
  /** Replicas of a service in an environment, at most; undefined where nodes are added for them. */
  mostReplicas: number | undefined;
  runs: Runs;
  networks: Networks;
  /** What customers come through signs them in, and passes on who they are; otherwise a service believes what a caller says. */
  entrance: boolean;
  /** Ports of the webhooks that the notifier calls. */
  webhookPorts: number[];
  regions: Record<RegionName, RegionSite>;
};
