import { k8s } from 'cdk8s-plus-27';

/** As Kubernetes writes them, such as `50m` and `64Mi`. A CPU limit only throttles, so it is optional. */
export type Resources = {
  requests: { cpu: string; memory: string };
  limits: { cpu?: string; memory: string };
};

const quantities = (amounts: Record<string, string>) =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, k8s.Quantity.fromString(amount)]));

/** In the types of cdk8s-plus. */
export const resourceRequirements = ({ requests, limits }: Resources): k8s.ResourceRequirements => ({
  requests: quantities(requests),
  limits: quantities(limits),
});
