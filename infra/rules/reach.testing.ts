import type { Json } from './stacks.ts';

const letIn = ({ tokyo }: Json, from: object): void => {
  const [rule] = Object.values<Json>(tokyo.resource.aws_vpc_security_group_ingress_rule);
  delete rule.cidr_ipv4;
  Object.assign(rule, from);
};

/** Of each rule of reach.ts, changes that it must find. */
export const badReach: Record<string, ((stacks: Json) => unknown)[]> = {
  'a group lets in subnets and groups, and no whole network': [
    (all) => letIn(all, { cidr_ipv4: '10.20.0.0/16' }),
    (all) => letIn(all, { cidr_ipv4: '10.20.0.0/20' }),
    // GitHub comes by its own load balancer alone.
    ({ data }) => {
      for (const rule of Object.values<Json>(data.resource.aws_vpc_security_group_ingress_rule))
        rule.cidr_ipv4 = '140.82.112.0/20';
    },
    (all) => letIn(all, { cidr_ipv6: '::/0' }),
    (all) => letIn(all, { ip_protocol: '-1' }),
    ({ tokyo: { resource } }) => {
      Object.values<Json>(resource.aws_security_group)[0].ingress = [{ cidr_blocks: ['10.0.0.0/8'] }];
    },
    ({ tokyo }) => (tokyo.resource.aws_security_group_rule = { planted: { provider: 'aws.tokyo' } }),
  ],
  'what leaves for the internet does so by TLS': [
    (all) => {
      for (const rule of Object.values<Json>(all['dr-control'].resource.aws_vpc_security_group_egress_rule))
        Object.assign(rule, { cidr_ipv4: '0.0.0.0/0', from_port: 5432, to_port: 5432 });
    },
  ],
};
