import type { WebService } from '../charts/web-service.ts';
import { type StackName, stacks } from '../pipelines/deliver/stacks.ts';

export type Service = WebService & { stack: StackName };

// Longer names would not leave room for `-main-<12 digits>` and the suffixes of pods in a label of 63 characters.
const nameLimit = 40;
/** Hosts and repositories of the platform itself: a service called so would take its place. */
const reserved = ['argocd', 'forge', 'hooks', 'platform', 'registry', 'slack', 'sonarqube'];

/** Thousandths of a processor, or mebibytes. */
const amountOf = (text: string): number =>
  text.endsWith('m') || text.endsWith('Mi')
    ? Number.parseInt(text, 10)
    : Number.parseInt(text, 10) * (text.endsWith('Gi') ? 1024 : 1000);
const quantity = { cpu: /^[1-9][0-9]*m?$/, memory: /^[1-9][0-9]*[MG]i$/ };

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
};

/** Every fault of service definitions at once, each with where, what was given, what is allowed and the cure; empty when there is none. */
export function serviceFaults(services: readonly unknown[]): string[] {
  const faults: string[] = [];
  const seen = new Map<string, number>();
  services.forEach((given, index) => {
    const entry = (given !== null && typeof given === 'object' ? given : {}) as Record<string, unknown>;
    const named = typeof entry.name === 'string' && entry.name !== '' ? ` (${shown(entry.name)})` : '';
    const where = `apps/index.ts: service ${index + 1}${named}`;
    const fault = (field: string, value: unknown, allowed: string, cure: string) =>
      faults.push(`${where}: ${field}: given ${shown(value)}, allowed ${allowed}; ${cure}`);

    if (given === null || typeof given !== 'object' || Array.isArray(given)) {
      fault('definition', given, 'an object', 'export one from apps/<service>.ts');
      return;
    }
    const { name, stack, port, requests, limits, scratch, alone, calls, ...unknown } = entry;
    if (typeof name !== 'string' || name.length > nameLimit || !/^[a-z]([-a-z0-9]*[a-z0-9])?$/.test(name))
      fault(
        'name',
        name,
        `a DNS label of at most ${nameLimit}: a letter first, then lower-case letters, digits and "-"`,
        'rename it',
      );
    else if (reserved.includes(name))
      fault('name', name, `one that is not of the platform itself (${reserved.join(', ')})`, 'rename it');
    else if (seen.has(name))
      fault('name', name, `a name of its own, service ${seen.get(name)} is called so`, 'rename one, or list it once');
    else seen.set(name, index + 1);
    if (typeof stack !== 'string' || !Object.hasOwn(stacks, stack))
      fault(
        'stack',
        stack,
        Object.keys(stacks).map(shown).join(', '),
        'choose one; it decides the image that tests the service',
      );
    if (!Number.isInteger(port) || (port as number) < 1024 || (port as number) > 65535)
      fault(
        'port',
        port,
        'a whole number from 1024 to 65535',
        'let it listen there: a user other than root cannot open a lower one',
      );
    for (const [field, amounts] of Object.entries({ requests, limits })) {
      const { cpu, memory, ...more } = Object(amounts) as Record<string, unknown>;
      if (typeof cpu !== 'string' || !quantity.cpu.test(cpu))
        fault(`${field}.cpu`, cpu, 'such as "50m" or "1"', 'set it');
      if (typeof memory !== 'string' || !quantity.memory.test(memory))
        fault(`${field}.memory`, memory, 'such as "64Mi" or "1Gi"', 'set it');
      for (const key of Object.keys(more)) fault(`${field}.${key}`, more[key], 'cpu and memory', 'take it out');
    }
    for (const key of ['cpu', 'memory'] as const) {
      const [request, limit] = [requests, limits].map((amounts) => (Object(amounts) as Record<string, unknown>)[key]);
      if (
        typeof request === 'string' &&
        typeof limit === 'string' &&
        quantity[key].test(request) &&
        quantity[key].test(limit) &&
        amountOf(request) > amountOf(limit)
      )
        fault(`requests.${key}`, request, `at most the limit ${limit}`, 'lower it, or raise the limit');
    }
    if (scratch !== undefined && (typeof scratch !== 'string' || !quantity.memory.test(scratch)))
      fault('scratch', scratch, 'such as "64Mi", or nothing', 'correct it, or take it out');
    if (alone !== undefined && alone !== true) fault('alone', alone, 'true, or nothing', 'take it out');
    for (const [variable, call] of Object.entries(Object(calls) as Record<string, unknown>)) {
      const { service, path } = Object(call) as Record<string, unknown>;
      if (!/^[A-Z][A-Z0-9_]*$/.test(variable))
        fault(
          `calls.${variable}`,
          variable,
          'capital letters, digits and "_"',
          'rename it: it is an environment variable',
        );
      if (!services.includes(service) || service === given)
        fault(
          `calls.${variable}.service`,
          (Object(service) as { name?: unknown }).name,
          'another service of the list',
          'list it',
        );
      if (typeof path !== 'string' || !/^(\/[A-Za-z0-9._~-]+)*\/?$/.test(path))
        fault(`calls.${variable}.path`, path, 'a path such as "/tickets"', 'correct it');
    }
    for (const key of Object.keys(unknown))
      fault(
        key,
        unknown[key],
        'name, stack, port, requests, limits, scratch, alone, calls',
        'take out this unknown field, or correct its name',
      );
  });
  return faults;
}
