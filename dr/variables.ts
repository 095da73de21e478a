import { globalDatabase } from '../overlays/names.ts';

/** Where the value of a variable comes from. */
export const variables = {
  DR_ACCOUNT: 'account id of this installation; an event of another one is refused',
  DR_MODES:
    'modes that this installation allows, comma-separated: `live,dry-run` in the live account, `rehearsal,dry-run` elsewhere',
  DR_LIVE: '`armed`: live runs may act; anything else disarms the installation',
  DR_LOCK_TABLE: 'name of the DynamoDB table with the lock; its key is the string `id`',
  DR_WRITER_EPOCH: "ARN of the secret with the writer's epoch",
  DR_SECRETS_KEY: 'ARN of the key of secrets, with which its value is encrypted',
  DR_GLOBAL_DATABASE: `identifier of the global database, ${globalDatabase.name}`,
  DR_DATABASE_SEOUL: "ARN of Seoul's cluster",
  DR_DATABASE_TOKYO: "ARN of Tokyo's cluster",
  DR_DATABASE_HOST_SEOUL:
    "host of the writer endpoint of Seoul's own cluster, which does not move; the probe speaks to it on 5432",
  DR_APP_SEOUL:
    'https URLs, comma-separated, at which each service in Seoul says that it is ready, not through the accelerator',
  DR_APP_TOKYO: 'the same of Tokyo',
  DR_ENTRANCE_TOKYO: "host of the load balancer before Tokyo's gateway",
  DR_ENTRANCE_NAME: 'name by which the gateway is asked, in TLS and as the host',
  DR_CANARY_TOKEN: 'https URL of the token endpoint of the pool of staff',
  DR_CANARY_SECRET: "id of the secret with the canary's `client`, `secret` and `key`",
  DR_ACCELERATOR: 'ARN of the accelerator',
  DR_ENDPOINT_GROUP_SEOUL: "ARN of Seoul's endpoint group",
  DR_ENDPOINT_GROUP_TOKYO: "ARN of Tokyo's endpoint group",
  DR_ENDPOINT_SEOUL: "endpoint id in Seoul's group: ARN of its network load balancer",
  DR_ENDPOINT_TOKYO: "endpoint id in Tokyo's group: ARN of its network load balancer",
  DR_CLUSTER: "name of Tokyo's EKS cluster",
  DR_NODE_GROUP: 'name of its managed node group',
  DR_NODES: 'nodes that the group has at least after a failover',
  DR_TOPIC: 'ARN of the SNS topic',
  DR_SLACK_SECRET: 'id of the secret with the key `url`, the webhook; empty: SNS alone',
  DR_SERVICES: 'services, comma-separated, each the name of its repository',
  DR_PROBER: '`tokyo` or `witness`, the dimension `Prober` of its metrics',
  DR_ROLES: 'prefix of the ARNs of the roles of these functions, each named as its function; it ends with `role/`',
  DR_TARGET_GROUPS_TOKYO: "ARNs of Tokyo's target groups, comma-separated",
} as const;
export type Variable = keyof typeof variables;
