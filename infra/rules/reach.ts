import { parseCidr } from '../../lib/cidr.ts';
import { forgeNetworks } from '../../overlays/landing.ts';
import { hooks } from '../../overlays/names.ts';
import type { Rule } from './rule.ts';
import { called, type Json, ofType, type Placed, placed, type Stacks } from './stacks.ts';

/** Who reaches whom: security groups by their names, networks by the tier of their subnets, `<place> <name>` each. */

const reference = /^\$\{(?:data\.)?(aws_\w+)\.([\w-]+)\.(.+)\}$/;

/** A group, by the expression that names it. */
function groupOf(all: readonly Placed[], { stack, place }: Placed, expression: string): string {
  const [, type, id] = expression.match(reference) ?? [];
  const one = all.find((other) => other.stack === stack && other.type === type && other.id === id);
  const name =
    type === 'aws_security_group' ? one?.args.name : type === 'aws_eks_cluster' ? 'nodes and pods' : undefined;
  return `${place} ${name ?? expression}`;
}

/** A subnet's name without its network and its zone. */
const tierOf = ({ id }: Placed): string => id.replace(/^subnet-(\w+)-\w+$/, '$1');

function networkOf(all: readonly Placed[], cidr: string): string {
  if (forgeNetworks.includes(cidr)) return 'the forge';
  const subnet = ofType(all, 'aws_subnet').find(({ args }) => args.cidr_block === cidr);
  return subnet ? `${subnet.place} ${tierOf(subnet)}` : cidr;
}

function peerOf(all: readonly Placed[], rule: Placed): string {
  const { referenced_security_group_id: group, cidr_ipv4: cidr, prefix_list_id: list } = rule.args;
  if (group) return groupOf(all, rule, group);
  if (cidr) return networkOf(all, cidr);
  return list ? 'CloudFront' : 'nobody';
}

const portOf = ({ from_port: from, to_port: to, ip_protocol: protocol }: Json): string =>
  `${protocol === 'tcp' ? '' : `${protocol} `}${from === to ? from : `${from}-${to}`}`;

/** Every way that a group lets in, as `<group> <port> from <peer>`, or out, as `<group> to <peer> <port>`; each once. */
export function ways(stacks: Stacks, direction: 'in' | 'out'): string[] {
  const all = placed(stacks);
  const type = `aws_vpc_security_group_${direction === 'in' ? 'ingress' : 'egress'}_rule`;
  const lines = ofType(all, type).map((rule) => {
    const own = groupOf(all, rule, rule.args.security_group_id);
    const peer = peerOf(all, rule);
    return direction === 'in' ? `${own} ${portOf(rule.args)} from ${peer}` : `${own} to ${peer} ${portOf(rule.args)}`;
  });
  return [...new Set(lines)].sort();
}

/** Whatever else opens a group would not be seen by the table. */
const otherTypes = ['aws_security_group_rule', 'aws_default_network_acl', 'aws_network_acl_rule'];

export const reachRules: Record<string, Rule> = {
  'a group lets in subnets and groups, and no whole network': (stacks) => {
    const all = placed(stacks);
    const subnets = ofType(all, 'aws_subnet').map(({ args }) => args.cidr_block);
    const rules = ofType(all, 'aws_vpc_security_group_ingress_rule').flatMap((rule) => {
      const { cidr_ipv4: cidr, cidr_ipv6: six, ip_protocol: protocol } = rule.args;
      const forge = groupOf(all, rule, rule.args.security_group_id).endsWith(hooks('').loadBalancer);
      return [
        cidr && !subnets.includes(cidr) && !(forge && forgeNetworks.includes(cidr)) && `lets in ${cidr}`,
        six && `lets in ${six}`,
        protocol !== 'tcp' && `lets in ${protocol}`,
      ].flatMap((fault) => (fault ? [`${called(rule)}: ${fault}`] : []));
    });
    const inline = ofType(all, 'aws_security_group').flatMap((one) =>
      one.args.ingress || one.args.egress ? [`${called(one)}: has rules of its own; make them resources`] : [],
    );
    return [...rules, ...inline, ...ofType(all, ...otherTypes).map((one) => `${called(one)}: opens what no table has`)];
  },

  'what leaves for the internet does so by TLS': (stacks) =>
    ofType(placed(stacks), 'aws_vpc_security_group_egress_rule').flatMap((rule) => {
      const { cidr_ipv4: cidr, from_port: from, to_port: to } = rule.args;
      return cidr && (parseCidr(cidr)?.prefix ?? 0) < 8 && !(from === 443 && to === 443)
        ? [`${called(rule)}: reaches ${cidr} at ${portOf(rule.args)}`]
        : [];
    }),
};
