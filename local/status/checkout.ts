import { readFileSync } from 'node:fs';
import { UserError } from '../../lib/errors.ts';
import { pidOf } from '../sandbox/sandbox.ts';
import { entrance, regions, repository, sonarqube } from '../topology.ts';

const programs = '/local:/platform-source';
/** The checkout that a sandbox was started from, by its command line, which binds the programs that run inside. */
export const checkoutIn = (commandLine: string): string | undefined =>
  commandLine
    .split('\0')
    .find((argument) => argument.endsWith(programs))
    ?.slice(0, -programs.length);

/** The checkout whose platform runs, if it is not this one. */
export function otherCheckout(): string | undefined {
  for (const name of [
    'outside',
    ...regions.flatMap(({ name }) => [name, `${name}-stores`]),
    sonarqube.name,
    entrance.name,
  ]) {
    const pid = pidOf(name);
    const checkout = pid && checkoutIn(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    if (checkout && checkout !== repository) return checkout;
  }
  return undefined;
}

/** Says whose platform runs, where that of this checkout is asked for. */
export const otherCheckoutText = (other: string) =>
  `the platform of ${other} runs, not that of ${repository}; sudo ${other}/scripts/down ends it, sudo scripts/up --replace puts this one in its place`;

export function refuseOther(): void {
  const other = otherCheckout();
  if (other) throw new UserError(otherCheckoutText(other));
}
