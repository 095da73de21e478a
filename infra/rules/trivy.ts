/** What the checks of Trivy find in our plans and is so on purpose. Whatever else they find is a fault. */

export type Finding = { plan: string; id: string; severity: string; title: string; resource: string; message: string };

type Accepted = { id: string; resource: RegExp; because: string };

export const accepted: readonly Accepted[] = [];

const isAccepted = ({ id, resource }: Finding, one: Accepted): boolean => one.id === id && one.resource.test(resource);

/** Each finding that nobody accepted, as `<resource>: <id> <severity>: <message>`. */
export const trivyFaults = (findings: readonly Finding[]): string[] =>
  findings
    .filter((finding) => !accepted.some((one) => isAccepted(finding, one)))
    .map(({ resource, id, severity, message }) => `${resource}: ${id} ${severity}: ${message}`)
    .sort();

/** What is accepted and found no more. */
export const needless = (findings: readonly Finding[]): string[] =>
  accepted
    .filter((one) => !findings.some((finding) => isAccepted(finding, one)))
    .map(({ id, resource }) => `${id} ${resource}`);
