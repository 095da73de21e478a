import { k8s } from 'cdk8s-plus-27';

/** As Kubernetes writes them, such as `50m` and `64Mi`. A CPU limit only throttles, so it is optional. */
export type Resources = {
  requests: { cpu: string; memory: string };
  limits: { cpu?: string; memory: string };
  /** What it writes to its root file system and its log: what it usually takes, and the most. Without it, a log and nothing else. */
  disk?: Disk;
};
type Disk = { request: string; limit: string };

/** A log: the kubelet keeps two files of 10 MiB and three compressed ones, and looks every ten seconds, in which much may be written. */
const log: Disk = { request: '16Mi', limit: '128Mi' };

const units: Record<string, number> = { Mi: 1, Gi: 1024 };
/** A size in Mi or Gi as mebibytes. */
export const mebibytes = (size: string): number => {
  const [, number, unit] = /^(\d+)(Mi|Gi)$/.exec(size) ?? [];
  const factor = units[unit ?? ''];
  if (factor === undefined) throw new Error(`size: given ${size}, allowed a whole number with Mi or Gi, such as 64Mi`);
  return Number(number) * factor;
};

/** Cores, or thousandths of them with `m`, as thousandths. */
export const millicores = (amount: string): number =>
  Number(amount.replace(/m$/, '')) * (amount.endsWith('m') ? 1 : 1000);

type Amounts = { requests: Record<string, string>; limits: Record<string, string> };

/** The greatest unit that leaves a whole number, as the API server stores it: policies and Argo CD compare it with what is rendered. */
export function stored(amount: string): string {
  const [, number, unit] = /^(\d+)(m|Mi|Gi)$/.exec(amount) ?? [];
  const [size, greater] = unit === 'm' ? [1000, ''] : [1024, unit === 'Mi' ? 'Gi' : 'Ti'];
  return number === undefined || Number(number) % size > 0 ? amount : stored(`${Number(number) / size}${greater}`);
}
export const quantity = (amount: string): k8s.Quantity => k8s.Quantity.fromString(stored(amount));

const mapped = <T>(of: Record<string, string>, to: (amount: string) => T) =>
  Object.fromEntries(Object.entries(of).map(([name, amount]) => [name, to(amount)]));

/**
 * Requests and limits with ephemeral storage. The kubelet ends a pod that writes more than its containers may in all, its emptyDirs included:
 * so the sizes of `emptyDirs` count to the limit of the container that they are given to.
 */
export function amounts({ requests, limits, disk = log }: Resources, emptyDirs: readonly string[] = []): Amounts {
  const most = [disk.limit, ...emptyDirs].map(mebibytes).reduce((sum, size) => sum + size, 0);
  return {
    requests: mapped({ ...requests, 'ephemeral-storage': disk.request }, stored),
    limits: mapped({ ...limits, 'ephemeral-storage': `${most}Mi` }, stored),
  };
}

/** The same in the types of cdk8s-plus. */
export const resourceRequirements = (resources: Resources, emptyDirs?: readonly string[]): k8s.ResourceRequirements => {
  const { requests, limits } = amounts(resources, emptyDirs);
  return { requests: mapped(requests, quantity), limits: mapped(limits, quantity) };
};
