/**
 * What every service has to keep to, over all of its code: with conditions on new code alone, a second push would pass what stopped the
 * first, because then it is not new any more. The server must judge by these; ratings are numbers from 1 (A) to 5 (E).
 */
export const conditions: readonly { metric: string; op: 'GT' | 'LT'; error: string }[] = [
  { metric: 'software_quality_reliability_rating', op: 'GT', error: '1' },
  { metric: 'software_quality_security_rating', op: 'GT', error: '1' },
  { metric: 'software_quality_maintainability_rating', op: 'GT', error: '1' },
  { metric: 'coverage', op: 'LT', error: '60' },
  { metric: 'duplicated_lines_density', op: 'GT', error: '5' },
];

/** One question to a SonarQube server's Web API, as somebody who may administer quality gates. Throws what the server said. */
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
 * Has the server judge every project that has no gate of its own by the conditions: what differs is changed, what is so already stays. What
 * was done, a line each. Run half, the gate lacks a condition, and the pipeline refuses by that whatever it then says.
 */
export async function setQualityGate(ask: Ask): Promise<string[]> {
  const done: string[] = [];
  const { qualitygates } = (await ask('GET', 'qualitygates/list', {})) as { qualitygates: Gate[] };
  const gate = qualitygates.find(({ name }) => name === gateName);
  if (!gate) {
    await ask('POST', 'qualitygates/create', { name: gateName });
    done.push(`made the gate ${gateName}`);
  }
  // A new gate comes with conditions of its own, on new code.
  const { conditions: there = [] } = (await ask('GET', 'qualitygates/show', { name: gateName })) as {
    conditions?: Condition[];
  };
  const same = (a: Omit<Condition, 'id'>, b: Omit<Condition, 'id'>) =>
    a.metric === b.metric && a.op === b.op && Number(a.error) === Number(b.error);
  for (const condition of there.filter((one) => !conditions.some((other) => same(one, other)))) {
    await ask('POST', 'qualitygates/delete_condition', { id: condition.id });
    done.push(`took away ${condition.metric} ${condition.op} ${condition.error}`);
  }
  for (const { metric, op, error } of conditions.filter((one) => !there.some((other) => same(one, other)))) {
    await ask('POST', 'qualitygates/create_condition', { gateName, metric, op, error });
    done.push(`added ${metric} ${op} ${error}`);
  }
  // Last, so that no new gate judges before it is whole.
  if (!gate?.isDefault) {
    await ask('POST', 'qualitygates/set_as_default', { name: gateName });
    done.push('made it the default');
  }
  return done;
}
