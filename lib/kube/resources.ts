import { k8s } from 'cdk8s-plus-27';

/** As Kubernetes writes them: `50m` of a processor, `64Mi` of memory. A limit of processor time only slows down, so it may be left out. */
export type Resources = {
  requests: { cpu: string; memory: string };
  limits: { cpu?: string; memory: string };
};

const quantities = (amounts: Record<string, string>) =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, k8s.Quantity.fromString(amount)]));

/** The same in the types of cdk8s-plus. */
export const resourceRequirements = ({ requests, limits }: Resources): k8s.ResourceRequirements => ({
  requests: quantities(requests),
  limits: quantities(limits),
});
