import type { CloudwatchLogGroup } from '@cdktn/provider-aws/lib/cloudwatch-log-group/index.js';
import { DbInstance } from '@cdktn/provider-aws/lib/db-instance/index.js';
import { RdsCluster, type RdsClusterConfig } from '@cdktn/provider-aws/lib/rds-cluster/index.js';
import { RdsClusterInstance } from '@cdktn/provider-aws/lib/rds-cluster-instance/index.js';
import { RdsGlobalCluster } from '@cdktn/provider-aws/lib/rds-global-cluster/index.js';
import { devDatabase, type StandardDatabase, versions } from '../../overlays/landing.ts';
import {
  databaseOwnerSecret,
  databasePort,
  devDatabaseCluster,
  devDatabaseWriter,
  globalDatabase,
  globalDatabaseWriter,
} from '../../overlays/names.ts';
import type { Region } from '../../overlays/overlay.ts';
import type { Ground } from '../ground.ts';
import type { Scope } from '../stack.ts';
import { copied } from './copied.ts';
import { engine, type Reached, reached } from './database-place.ts';
import { logGroup } from './logs.ts';
import type { Found } from './lookup.ts';
import { type Net, networksOf } from './network.ts';
import { publish } from './published.ts';
import { type Keys, randomValue, secret, valueVersion, writeSecret } from './secrets.ts';

type Ends = Record<Region['name'], Found>;

const owner = 'tickets_owner';
/** A restore may go back so many days. */
const backupDays = 14;
/**
 * What a failover changes: whose secondary a cluster is, and after an upgrade of the global cluster the version of its members. Otherwise the next plan
 * would detach a cluster, or replace it.
 */
const changedByFailover = ['engine_version', 'global_cluster_identifier', 'replication_source_identifier'];

type Cluster = {
  region: Region;
  identifier: string;
  place: Reached;
  key: string;
  logs: CloudwatchLogGroup;
  instances: { class: string; instances: number };
  more: Partial<RdsClusterConfig>;
};

function cluster(scope: Scope, { region, identifier, place, key, logs, instances, more }: Cluster): RdsCluster {
  const { stack } = scope;
  const provider = scope.provider(region.name);
  const { dependsOn = [], ...rest } = more;
  const made = new RdsCluster(stack, `database-${identifier}`, {
    provider,
    clusterIdentifier: identifier,
    engine,
    engineVersion: versions.postgres,
    dbSubnetGroupName: place.subnetGroup,
    vpcSecurityGroupIds: [place.securityGroup],
    dbClusterParameterGroupName: place.parameters,
    port: databasePort,
    storageEncrypted: true,
    kmsKeyId: key,
    iamDatabaseAuthenticationEnabled: true,
    enabledCloudwatchLogsExports: ['postgresql'],
    backupRetentionPeriod: backupDays,
    copyTagsToSnapshot: true,
    deletionProtection: true,
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: `${identifier}-final`,
    // Both members have to have the same version, or no failover is possible: a person upgrades the global cluster.
    allowMajorVersionUpgrade: false,
    ...rest,
    dependsOn: [logs, ...dependsOn],
    lifecycle: { preventDestroy: true, ignoreChanges: changedByFailover },
  });
  for (let index = 1; index <= instances.instances; index++)
    new RdsClusterInstance(stack, `database-${identifier}-${index}`, {
      provider,
      identifier: `${identifier}-${index}`,
      clusterIdentifier: made.id,
      engine,
      instanceClass: instances.class,
      dbSubnetGroupName: place.subnetGroup,
      publiclyAccessible: false,
      autoMinorVersionUpgrade: false,
      performanceInsightsEnabled: true,
      performanceInsightsKmsKeyId: key,
      lifecycle: { preventDestroy: true },
    });
  return made;
}

/** The owner of a cluster: people use it to make databases and roles, and nothing that runs does. */
function ownerOf(
  scope: Scope,
  region: Region,
  identifier: string,
  keys: Keys,
  replica?: Region,
): Partial<RdsClusterConfig> {
  const password = randomValue(scope, region, `value-${identifier}`);
  const made = secret(scope, {
    id: databaseOwnerSecret(identifier),
    description: `Owner of ${identifier}. Terraform makes the value`,
    region,
    key: keys[region.name],
    ...(replica ? { replica: { region: replica, key: keys[replica.name] } } : {}),
  });
  writeSecret(scope, made, region, { username: `"${owner}"`, password });
  return { masterUsername: owner, masterPasswordWo: `\${${password}}`, masterPasswordWoVersion: valueVersion };
}

/** The global database of prod with a cluster in each region, and the one of dev. AWS refuses passwords of its own making in global databases. */
export function databases(scope: Scope, ground: Ground, found: Ends, keys: Keys, secretKeys: Keys): void {
  const { stack } = scope;
  const { seoul, tokyo } = ground.regions;
  const pods = (net: Net) => networksOf(net, 'private');
  const probes = (net: Net) => networksOf(net, 'functions');
  const places = {
    // Tokyo's pods write there while they serve and Seoul's database is well.
    seoul: reached(scope, seoul, found.seoul, [
      ...pods(seoul),
      ...pods(tokyo),
      ...probes(tokyo),
      ...probes(ground.witness),
    ]),
    // No pod of Seoul: one that runs on after a failover reaches no database that writes.
    tokyo: reached(scope, tokyo, found.tokyo, [...pods(tokyo), ...probes(tokyo)]),
  };
  const logsOf = (region: Region, identifier: string) =>
    logGroup(scope, region, `/aws/rds/cluster/${identifier}/postgresql`, { days: 30, key: found[region.name].logsKey });
  const global = new RdsGlobalCluster(stack, 'database-global', {
    provider: scope.provider('seoul'),
    globalClusterIdentifier: globalDatabase.name,
    engine,
    engineVersion: versions.postgres,
    storageEncrypted: true,
    deletionProtection: true,
    lifecycle: { preventDestroy: true },
  });
  const primary = cluster(scope, {
    region: seoul,
    identifier: globalDatabase.clusters.seoul,
    place: places.seoul,
    key: keys.seoul,
    logs: logsOf(seoul, globalDatabase.clusters.seoul),
    instances: seoul.database,
    more: {
      globalClusterIdentifier: global.id,
      ...ownerOf(scope, seoul, globalDatabase.clusters.seoul, secretKeys, tokyo),
    },
  });
  // Its own writer endpoint does not move, so whether Seoul's database answers can be asked there.
  publish(scope, 'database-host-seoul', primary.endpoint);
  cluster(scope, {
    region: tokyo,
    identifier: globalDatabase.clusters.tokyo,
    place: places.tokyo,
    key: keys.tokyo,
    logs: logsOf(tokyo, globalDatabase.clusters.tokyo),
    instances: tokyo.database,
    more: { globalClusterIdentifier: global.id, dependsOn: [primary] },
  });
  const dev = cluster(scope, {
    region: seoul,
    identifier: devDatabaseCluster,
    place: places.seoul,
    key: keys.seoul,
    logs: logsOf(seoul, devDatabaseCluster),
    instances: devDatabase,
    more: ownerOf(scope, seoul, devDatabaseCluster, secretKeys),
  });
  scope.output(
    'global-database-writer',
    global.endpoint,
    'Follows the writer: assigned.globalDatabase in overlays/assigned.ts',
  );
  scope.output('dev-database-writer', dev.endpoint, 'assigned.devDatabase in overlays/assigned.ts');
  copied(scope, 'databases', [
    [`\${aws_rds_global_cluster.${global.node.id}.endpoint == "${globalDatabaseWriter}"}`, 'globalDatabase'],
    [`\${aws_rds_cluster.${dev.node.id}.endpoint == "${devDatabaseWriter(seoul)}"}`, 'devDatabase'],
  ]);
  if (ground.standardDatabase) standard(scope, ground, places, keys, secretKeys, ground.standardDatabase);
}

/** Where something cannot use Aurora. The promotion of the replica cannot be undone: after it Seoul's is made anew. */
function standard(
  scope: Scope,
  { regions: { seoul, tokyo } }: Ground,
  places: Record<Region['name'], Reached>,
  keys: Keys,
  secretKeys: Keys,
  { name, replica, class: instanceClass, gibibytes }: StandardDatabase,
): void {
  const { masterUsername, masterPasswordWo, masterPasswordWoVersion } = ownerOf(scope, seoul, name, secretKeys, tokyo);
  const both = (region: Region, identifier: string) => ({
    provider: scope.provider(region.name),
    identifier,
    instanceClass,
    kmsKeyId: keys[region.name],
    dbSubnetGroupName: places[region.name].subnetGroup,
    vpcSecurityGroupIds: [places[region.name].securityGroup],
    storageEncrypted: true,
    backupRetentionPeriod: backupDays,
    multiAz: true,
    publiclyAccessible: false,
    iamDatabaseAuthenticationEnabled: true,
    performanceInsightsEnabled: true,
    performanceInsightsKmsKeyId: keys[region.name],
    autoMinorVersionUpgrade: false,
    deletionProtection: true,
    skipFinalSnapshot: false,
    finalSnapshotIdentifier: `${identifier}-final`,
    lifecycle: { preventDestroy: true, ignoreChanges: ['replicate_source_db'] },
  });
  const source = new DbInstance(scope.stack, `standard-${name}`, {
    ...both(seoul, name),
    engine: 'postgres',
    engineVersion: versions.postgres,
    allocatedStorage: gibibytes,
    ...(masterUsername ? { username: masterUsername } : {}),
    ...(masterPasswordWo ? { passwordWo: masterPasswordWo, passwordWoVersion: masterPasswordWoVersion ?? 1 } : {}),
  });
  new DbInstance(scope.stack, `standard-${replica}`, { ...both(tokyo, replica), replicateSourceDb: source.arn });
}
