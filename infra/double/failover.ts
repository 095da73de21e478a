import type { Value } from './values.ts';

/** A resource as it is after a failover to Tokyo, of what it was before: traffic, nodes, and who writes. */
export function afterFailover(type: string, before: Value): Value {
  if (before === null) return null;
  const state = structuredClone(before);
  const toTokyo = state.endpoint_group_region === 'ap-northeast-1';
  switch (type) {
    case 'aws_globalaccelerator_endpoint_group':
      state.traffic_dial_percentage = toTokyo ? 100 : 0;
      for (const endpoint of state.endpoint_configuration) endpoint.weight = toTokyo ? 128 : 0;
      return state;
    case 'aws_eks_node_group':
      if (state.node_group_name === 'dr-nodegroup') state.scaling_config[0].desired_size = 6;
      return state;
    case 'aws_rds_cluster':
      // The managed failover turns the roles round: Seoul follows, when it is back.
      if (state.cluster_identifier === 'reserve-db-prod') {
        state.replication_source_identifier = 'arn:aws:rds:ap-northeast-1:111122223333:cluster:dr-aurora-cluster';
        state.global_cluster_identifier = 'reserve-db-global-after';
      }
      if (state.cluster_identifier === 'dr-aurora-cluster') state.replication_source_identifier = '';
      return state;
    case 'aws_db_instance':
      // Promotion cuts the tie for good.
      if (state.replicate_source_db) state.replicate_source_db = '';
      return state;
    default:
      return state;
  }
}
