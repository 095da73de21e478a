import type { BaseImage, ToolImage } from '../lib/images.ts';

export type Cluster = 'seoul' | 'tokyo';

/** Where services run, as plain data. */
export type Overlay = {
  name: string;
  /** Which cluster it lands on; the site knows the address. */
  cluster: Cluster;
  /** Between a service's name and the site's domain in its host: `ticket.<subdomain><domain>`. */
  subdomain: string;
  replicas: { min: number; max: number };
  /** What runs there outlives the deletion of the Applications above it, and of its own. */
  retain: boolean;
  /** The environment whose release scripts/promote brings here; undefined for the one that the pipeline releases to. */
  promotesFrom: Overlay | undefined;
};

/** What a unit sees of an overlay. Without its name: `if (overlay.name === 'prod')` does not type-check, only a field can decide. */
export type OverlayFields = Omit<Overlay, 'name' | 'promotesFrom'>;

/** Where the scanner's vulnerability database comes from. */
export type ScanDatabase =
  /** Registries and folders that have it, in turn; one older than `maxHours` is not judged by. */
  | { mirrors: string[]; maxHours: number }
  /** A folder of the scanner's own image; `note` says in every message what it is. */
  | { folder: string; note: string };

/** What images are signed with: a key of AWS KMS, or one that cosign made, in a Secret (`key`, and its `password`). */
export type SigningKey = { kms: string } | { secret: string };

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

export type ClusterSite = {
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
  /** Registries of AWS: the region of each cluster's, and what names of roles that may log in there begin with. */
  ecr: { regions: Record<Cluster, string>; roles: string } | undefined;
  /** Plain http. */
  insecureRegistry: boolean;
  /** Images are copied to the standby's registry by the pipeline, not by the registries themselves. */
  copiesImages: boolean;
  signingKey: SigningKey;
  scanDatabase: ScanDatabase;
  /** The SonarQube whose quality gate every push has to pass; undefined: that gate is off, and told as off. */
  sonarqube: { server: string } | undefined;
  /** `url` for git, `api` for the release step. */
  forge: { kind: 'github' | 'gitea'; url: string; api: string; owner: string };
  domain: string;
  ingressClass: string;
  /** Namespace of the ingress controller's pods. */
  ingressNamespace: string;
  /** Whether the ingress controller ends TLS, with its default certificate. */
  tls: boolean;
  images: Record<ToolImage, string>;
  /** Given to Dockerfiles as build arguments. */
  baseImages: Record<BaseImage, string>;
  /** What each cluster has of its own, so that it needs nothing of another one. */
  clusters: Record<Cluster, ClusterSite>;
  /** Labels of nodes that are not taken away at two minutes' notice; empty where all are such. */
  onDemandNodes: Record<string, string>;
  /** The forge's address with its owner, for links in messages. */
  forgeLink: string;
  /** Ports of the Slack that is told. */
  slackPorts: number[];
  /** ClusterSecretStore of the External Secrets operator; undefined where the Secrets are made by other means. */
  secretStore: string | undefined;
};
