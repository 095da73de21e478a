import { leaves, type Rule } from './placed.ts';

/** Patterns of secrets: AWS keys, GitHub and Slack tokens, Slack webhook URLs, JWTs, private keys, passwords in URLs. */
const patterns =
  /\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bxox[abpr]-[\w-]{10,}|hooks\.slack\.com\/services\/\w+|\beyJ[\w-]{10,}\.[\w-]{10,}\.|-----BEGIN [A-Z ]*PRIVATE KEY|:\/\/[^/\s:@]+:[^/\s@]+@/;
const names = /(?:TOKEN|PASSWORD|SECRET|CREDENTIALS?|PRIVATE_KEY|API_KEY|WEBHOOK_URL)$/i;

/** Git holds the names of secrets and never a value. */
export const noSecretValues: Rule = (tree) =>
  tree.flatMap(({ path, object }) => {
    const faults: string[] = [];
    if (object.kind === 'Secret')
      faults.push(`${path}: Secret ${object.metadata.name} is in git; use an ExternalSecret`);
    const variables = new Map<string, string>();
    for (const [at, value] of leaves(object)) {
      if (typeof value !== 'string') continue;
      if (patterns.test(value)) faults.push(`${path}: ${at} looks like a secret; take it from a Secret`);
      const variable = /^(.*\benv\.\d+)\.(name|value)$/.exec(at);
      if (!variable) continue;
      const [, entry, field] = variable as unknown as [string, string, string];
      if (field === 'name') variables.set(entry, value);
      else if (names.test(variables.get(entry) ?? '') && value !== '')
        faults.push(`${path}: ${variables.get(entry)} has its value in git; use valueFrom.secretKeyRef`);
    }
    return faults;
  });
