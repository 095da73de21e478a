import { setTimeout as sleep } from 'node:timers/promises';
import { conditions as promised } from '../../lib/quality-gate.ts';
import {
  isTransientStatus,
  parseRetryAfter,
  RetriesExhausted,
  retry,
  Transient,
  unansweredBecause,
} from '../../lib/retry.ts';
import { Refused } from '../../lib/step.ts';
import { oneLine } from '../../lib/text.ts';
import type { CoverageReport } from './coverage.ts';

/**
 * The quality gate of one analysis, by the id of its task on the server: the project's latest may belong to another push. Only a gate with
 * the status OK passes; each other outcome is refused with its own reason.
 */

/** Exit statuses of the task's steps. */
export const gateStatus = { red: 10, notJudged: 13 } as const;

const notJudged = (why: string) => new Refused(gateStatus.notJudged, `not judged: ${why}`);

export type Asked = {
  server: string;
  token: string;
  task: string;
  /** Key of the project. */
  service: string;
  coverage?: CoverageReport | undefined;
};
export type Limits = { totalMs: number; requestMs: number; pauseMs: number; tries: number };
export const defaultLimits: Limits = { totalMs: 300_000, requestMs: 15_000, pauseMs: 1_000, tries: 5 };

// biome-ignore lint/suspicious/noExplicitAny: replies of the server; every field is checked where it is read
type Reply = any;

/** The verdict of the gate in a line. Throws Refused. */
export async function verdict(asked: Asked, limits: Limits = defaultLimits): Promise<string> {
  const { server, token, task, service, coverage } = asked;
  const end = Date.now() + limits.totalMs;
  if (!/^[\w-]{1,100}$/.test(task)) throw notJudged('the scanner named no task of the server');

  async function once(path: string): Promise<Reply> {
    let answer: Response;
    try {
      answer = await fetch(`${server}${path}`, {
        headers: { authorization: `Bearer ${token}` },
        redirect: 'error',
        signal: AbortSignal.timeout(limits.requestMs),
      });
      if (answer.ok) return await answer.json();
      await answer.body?.cancel();
    } catch (error) {
      throw new Transient(`SonarQube is out of reach: ${oneLine(unansweredBecause(error, limits.requestMs), 200)}`);
    }
    const answered = `SonarQube answered ${answer.status}`;
    if (isTransientStatus(answer.status))
      throw new Transient(answered, parseRetryAfter(answer.headers.get('retry-after')));
    const unknown = answer.status === 401 || answer.status === 403;
    throw notJudged(
      unknown ? `${answered}: it does not know the token, or the token may not see the analysis` : answered,
    );
  }

  async function ask(path: string): Promise<Reply> {
    const { tries, pauseMs } = limits;
    const backoff = { tries, pauseMs, totalMs: Math.max(0, end - Date.now()) };
    try {
      return await retry(() => once(path), { backoff });
    } catch (error) {
      throw error instanceof RetriesExhausted ? notJudged(error.message) : error;
    }
  }

  /** The conditions of the project's gate, as they are set. */
  async function gateOf(): Promise<Condition[]> {
    const { qualityGate } = await ask(`/api/qualitygates/get_by_project?project=${encodeURIComponent(service)}`);
    const { conditions } = await ask(`/api/qualitygates/show?name=${encodeURIComponent(String(qualityGate?.name))}`);
    return (Array.isArray(conditions) ? conditions : []).map(({ metric, op, error }: Reply) => ({
      ...{ metricKey: metric, comparator: op, errorThreshold: error, actualValue: '' },
    }));
  }

  for (;;) {
    const found = (await ask(`/api/ce/task?id=${task}`))?.task;
    if (found?.status === 'SUCCESS') {
      if (typeof found.analysisId !== 'string') throw notJudged('the analysis has no id');
      const status = (await ask(`/api/qualitygates/project_status?analysisId=${encodeURIComponent(found.analysisId)}`))
        ?.projectStatus;
      return judge(status, coverage, gateOf);
    }
    if (found?.status !== 'PENDING' && found?.status !== 'IN_PROGRESS')
      throw notJudged(
        `the server's analysis ended as ${oneLine(String(found?.status), 40)}${found?.errorMessage ? `: ${oneLine(String(found.errorMessage), 200)}` : ''}`,
      );
    if (Date.now() > end) throw notJudged(`the server had not analysed it within ${limits.totalMs / 1000} s`);
    await sleep(limits.pauseMs);
  }
}

type Condition = {
  status?: unknown;
  metricKey?: unknown;
  comparator?: unknown;
  errorThreshold?: unknown;
  actualValue?: unknown;
};

async function judge(
  status: { status?: unknown; conditions?: Condition[] } | undefined,
  report: CoverageReport | undefined,
  gateOf: () => Promise<Condition[]>,
): Promise<string> {
  const conditions = Array.isArray(status?.conditions) ? status.conditions : [];
  if (status?.status === 'OK') {
    // A gate without conditions, with conditions on new code alone, or with weaker limits says OK too.
    const missing = promised.filter((one) => !conditions.some((other) => asStrict(other, one)));
    const coverage = conditions.find(({ metricKey }) => metricKey === 'coverage');
    if (missing.length === 0) return `quality gate passed, coverage ${oneLine(String(coverage?.actualValue), 10)} %`;
    // Of code without a line to cover the server has no coverage, and leaves the condition out.
    const [only] = missing;
    if (missing.length === 1 && only?.metric === 'coverage' && coverage?.actualValue === undefined) {
      if ((await gateOf()).some((one) => asStrict(one, only))) {
        if (!report || report.files === 0)
          return `quality gate passed, nothing to cover${report?.fault ? ` (${report.fault})` : ''}`;
        throw notJudged(report.fault ?? `the analysis has no coverage, and the report names ${report.files} files`);
      }
    }
    throw notJudged(
      `the gate of the server did not look at ${missing.map(limit).join(', ')}: give it these conditions, or stricter ones, over all of the code`,
    );
  }
  if (status?.status !== 'ERROR')
    throw notJudged(`the gate says ${oneLine(String(status?.status), 40)}: give the project a quality gate`);
  const failed = conditions.filter((condition) => condition.status === 'ERROR');
  const red = failed.map(words).join('; ') || 'no condition named';
  const why = report?.fault && failed.some(({ metricKey }) => metricKey === 'coverage') ? `. ${report.fault}` : '';
  throw new Refused(gateStatus.red, `quality gate red: ${red}${why}`, { final: true });
}

/** Whether a condition of the gate is at least as strict as the promised one. */
function asStrict(
  { metricKey, comparator, errorThreshold, actualValue }: Condition,
  { metric, op, error }: (typeof promised)[number],
): boolean {
  if (metricKey !== metric || comparator !== op || actualValue === undefined) return false;
  const given = Number.parseFloat(String(errorThreshold));
  return op === 'GT' ? given <= Number(error) : given >= Number(error);
}
const limit = ({ metric, op, error }: (typeof promised)[number]) =>
  `${metric} (${op === 'GT' ? 'at most' : 'at least'} ${error})`;

/** A failed condition in words; ratings are letters. */
function words({ metricKey, comparator, errorThreshold, actualValue }: Condition): string {
  const name = String(metricKey);
  const letter = (value: unknown) =>
    name.endsWith('_rating') ? ('ABCDE'[Number(value) - 1] ?? String(value)) : String(value);
  const limit = `${comparator === 'LT' ? 'at least' : 'at most'} ${letter(errorThreshold)}`;
  return oneLine(`${name.replaceAll('_', ' ')} is ${letter(actualValue)}, allowed ${limit}`, 160);
}
