import type { BaseImage, ToolImage } from '../lib/images.ts';

export type RegionName = 'seoul' | 'tokyo';

/** A region of AWS with a cluster, or a small cluster in its stead. */
export type Region = {
  name: RegionName;
  /** The name of the region in AWS, and the account that the platform has there. */
  aws: { region: string; account: string };
  /** Before the domain of the site, in hosts of the platform itself. */
  subdomain: string;
  /** Pipelines run there. */
  hasPipelines: boolean;
  /** The region whose registry gets a replica of each image. */
  replicatesTo: RegionName | undefined;
};

/** An environment, as plain data. */
export type Overlay = {
  name: string;
  region: RegionName;
  /** The environment whose releases it gets by promotion; undefined for the one that each push reaches. */
  promotesFrom: Overlay | undefined;
  /** Between a service's name and the site's domain in its host: `ticket.<subdomain><domain>`. */
  subdomain: string;
  replicas: { min: number; max: number };
  /** What runs there outlives the deletion of the Applications above it, and of its own. */
  retain: boolean;
};

/** What a unit sees of an overlay. Without names: `if (overlay.name === 'prod')` does not type-check, only a field can decide. */
export type OverlayFields = Omit<Overlay, 'name' | 'promotesFrom'>;

/** Where the scanner's vulnerability database comes from. */
export type ScanDatabase =
  /** Registries and folders that have it, in turn; one older than `maxHours` is refused. */
  | { mirrors: string[]; maxHours: number }
  /** A folder of the scanner's own image; `note` says in every message what it is. */
  | { folder: string; note: string };

/** What images are signed with: a key of AWS KMS, or one that cosign made, in a Secret (`key`, and its `password`). */
export type SigningKey = { kms: string } | { secret: string };

export type Forge = {
  kind: 'github' | 'gitea';
  /** For git. */
  url: string;
  /** For the release step. */
  api: string;
  owner: string;
  /** The address with its owner, for links in messages. */
  link: string;
};

export type Ingress = {
  domain: string;
  className: string;
  /** Of the ingress controller's pods. */
  namespace: string;
  /** Whether the ingress controller ends TLS, with its default certificate. */
  tls: boolean;
};

export type Registry = {
  /** Plain http. */
  insecure: boolean;
  /** The pipeline copies images to the region that has replicas; otherwise the registries do. */
  copies: boolean;
};

/** Where Secrets come from: the External Secrets operator makes them of what AWS holds. */
export type SecretSource = {
  /** ClusterSecretStore of Secrets Manager. */
  store: string;
  /** The id in Secrets Manager of a Secret of the cluster. */
  id: (secret: { namespace: string; name: string }) => string;
  /** Logins to ECR: its region, and the role that each login takes on. */
  ecr: { regions: Record<RegionName, string>; role: (login: string) => string };
};

export type ExternalSecret = {
  namespace: string;
  name: string;
  keys: string[];
  labels?: Record<string, string>;
  type?: string;
  /** Adds the keys to a Secret that someone else makes. */
  merge?: boolean;
};

/** A Docker configuration with a login to the registries of some regions, which nobody stores: it is made, and made anew before it expires. */
export type RegistryLogin = { namespace: string; name: string; registries: RegionName[] };

/** What Karpenter makes nodes of on AWS. */
export type Nodes = {
  /** Name of the cluster: subnets and security groups carry it in the tag `karpenter.sh/discovery`. */
  cluster: string;
  /** IAM role of the nodes, without the rights of any pod. */
  role: string;
  /** Amazon's image for nodes, `<family>@<version>`. */
  image: string;
  /** Upper bound of all nodes of one pool together. */
  limits: { cpu: string; memory: string };
};

/** What a region has of its own, so that it needs nothing of another one. */
export type RegionSite = {
  /** Registry and folder of the services' images. */
  registry: string;
  notifierImage: string;
  /** Where people open its Argo CD, for links in messages; `none` where it has no web interface. */
  argocdLink: string;
  /** Undefined where the nodes are given. */
  nodes: Nodes | undefined;
};

/** What the overlays land on: the company's clusters, or the embedded platform. Both have all fields; a value decides, never a name. */
export type Site = {
  ingress: Ingress;
  registry: Registry;
  forge: Forge;
  /** What the steps and programs of the platform run in. */
  images: Record<ToolImage, string>;
  /** Given to Dockerfiles as build arguments. */
  baseImages: Record<BaseImage, string>;
  signingKey: SigningKey;
  scanDatabase: ScanDatabase;
  /** The SonarQube whose quality gate every push has to pass; undefined: the gate is off, and each message says so. */
  sonarqube: { server: string } | undefined;
  /** Undefined where the Secrets are made by other means. */
  secrets: SecretSource | undefined;
  /** Labels of nodes that are not taken away at two minutes' notice; empty where all are such. */
  onDemandNodes: Record<string, string>;
  /** Ports of the webhooks that the notifier calls. */
  webhookPorts: number[];
  regions: Record<RegionName, RegionSite>;
};
