import { type Price, prices } from './prices.ts';

export type Capacity = 'onDemand' | 'spot';
/** What one pod asks for. */
export type Pod = { millicores: number; mebibytes: number };

/** What the kubelet and the DaemonSets of a node take of it, roughly as EKS reserves it. */
const kept = ({ cpus, gibibytes }: Price): Pod => ({ millicores: 150 + 20 * cpus, mebibytes: 700 + 40 * gibibytes });

/** How many pods of a kind fit on a node. */
export function fits(price: Price, pod: Pod): number {
  const { millicores, mebibytes } = kept(price);
  return Math.max(
    0,
    Math.floor(
      Math.min((price.cpus * 1000 - millicores) / pod.millicores, (price.gibibytes * 1024 - mebibytes) / pod.mebibytes),
    ),
  );
}

/** The cheapest node for so many pods: as many as it holds, by the price of each. Karpenter decides so, among more types. */
function cheapest(pods: number, pod: Pod, capacity: Capacity): { type: string; holds: number; price: number } {
  const options = Object.entries(prices)
    .map(([type, one]) => ({ type, holds: Math.min(fits(one, pod), pods), price: one[capacity] }))
    .filter(({ holds }) => holds > 0);
  const best = options.sort((a, b) => a.price / a.holds - b.price / b.holds || (a.type < b.type ? -1 : 1))[0];
  if (!best) throw new Error('cost: no instance type holds such a pod');
  return best;
}

type Nodes = { types: string[]; dollars: number };

/** One node after the other, each the cheapest by pod. */
function mixed(pods: number, pod: Pod, capacity: Capacity): Nodes {
  const types: string[] = [];
  let dollars = 0;
  for (let left = pods; left > 0; ) {
    const { type, holds, price } = cheapest(left, pod, capacity);
    types.push(type);
    dollars += price;
    left -= holds;
  }
  return { types, dollars };
}

/** The cheapest nodes for so many pods, mixed or of one type, and what they cost in an hour. */
export function nodesFor(pods: number, pod: Pod, capacity: Capacity): Nodes {
  const ofOneType = Object.entries(prices).flatMap(([type, one]): Nodes[] => {
    const each = fits(one, pod);
    if (each === 0) return [];
    const types = Array<string>(Math.ceil(pods / each)).fill(type);
    return [{ types, dollars: types.length * one[capacity] }];
  });
  return [mixed(pods, pod, capacity), ...ofOneType].reduce((best, next) => (next.dollars < best.dollars ? next : best));
}

/** Pods in each hour of a day with a sale in the evening: an example, made up by us. */
export const exampleDay: readonly number[] = [
  ...[8, 8, 6, 6, 6, 6, 8, 10, 14, 18, 20, 22, 22, 22, 22, 24, 26, 30, 44, 120, 90, 48, 26, 12],
];
export const examplePod: Pod = { millicores: 500, mebibytes: 1024 };

/** What a day costs, each hour with the nodes that it needs. */
export const dayCost = (day: readonly number[], pod: Pod, capacity: Capacity): number =>
  day.reduce((sum, pods) => sum + nodesFor(pods, pod, capacity).dollars, 0);
