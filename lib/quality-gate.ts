/**
 * The conditions of the quality gate, over all code. Conditions on new code alone would let a second push pass what stopped the first,
 * because that code is no longer new. Ratings are numbers from 1 (A) to 5 (E).
 */
export const conditions: readonly { metric: string; op: 'GT' | 'LT'; error: string }[] = [
  { metric: 'software_quality_reliability_rating', op: 'GT', error: '1' },
  { metric: 'software_quality_security_rating', op: 'GT', error: '1' },
  { metric: 'software_quality_maintainability_rating', op: 'GT', error: '1' },
  { metric: 'coverage', op: 'LT', error: '60' },
  { metric: 'duplicated_lines_density', op: 'GT', error: '5' },
];

/** Sends one request to SonarQube's Web API, as an administrator of quality gates. Throws the server's message. */
export type Ask = (method: 'GET' | 'POST', path: string, params: Record<string, string>) => Promise<unknown>;
export const askOf =
  (server: string, authorization: string): Ask =>
  async (method, path, params) => {
    const query = new URLSearchParams(params);
    const answer = await fetch(`${server}/api/${path}${method === 'GET' ? `?${query}` : ''}`, {
      method,
      headers: { authorization },
      ...(method === 'POST' ? { body: query } : {}),
      redirect: 'error',
      signal: AbortSignal.timeout(30_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text.slice(0, 200)}`);
    return text ? JSON.parse(text) : undefined;
  };

export const gateName = 'platform';
type Gate = { name: string; isDefault: boolean };
type Condition = { id: string; metric: string; op: string; error: string };

/**
 * Makes a gate with these conditions the server's default. Idempotent; returns one line per change. Interrupted half-way, the gate lacks
 * a condition, and the pipeline refuses its verdict.
 */
export async function setQualityGate(ask: Ask): Promise<string[]> {
  const done: string[] = [];
  const { qualitygates } = (await ask('GET', 'qualitygates/list', {})) as { qualitygates: Gate[] };
  const gate = qualitygates.find(({ name }) => name === gateName);
  if (!gate) {
    await ask('POST', 'qualitygates/create', { name: gateName });
    done.push(`created the gate ${gateName}`);
  }
  // SonarQube gives a new gate default conditions on new code.
  const { conditions: there = [] } = (await ask('GET', 'qualitygates/show', { name: gateName })) as {
    conditions?: Condition[];
  };
  const same = (a: Omit<Condition, 'id'>, b: Omit<Condition, 'id'>) =>
    a.metric === b.metric && a.op === b.op && Number(a.error) === Number(b.error);
  for (const condition of there.filter((one) => !conditions.some((other) => same(one, other)))) {
    await ask('POST', 'qualitygates/delete_condition', { id: condition.id });
    done.push(`removed ${condition.metric} ${condition.op} ${condition.error}`);
  }
  for (const { metric, op, error } of conditions.filter((one) => !there.some((other) => same(one, other)))) {
    await ask('POST', 'qualitygates/create_condition', { gateName, metric, op, error });
    done.push(`added ${metric} ${op} ${error}`);
  }
  // Last, so that an incomplete gate is never the default.
  if (!gate?.isDefault) {
    await ask('POST', 'qualitygates/set_as_default', { name: gateName });
    done.push('made it the default');
  }
  return done;
}
