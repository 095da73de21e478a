/** What the commands of the pages make of the model: who serves after each of them, and what the lock has at the end. */
import type { LockItem } from '../../dr/ports.ts';
import type { RegionName } from '../../overlays/overlay.ts';
import { byRegion } from '../../overlays/regions/index.ts';
import { type Call, commandOf } from './commands.testing.ts';

/** `runs`: its pods do. */
export type Model = Record<RegionName, { weight: number; runs: boolean }>;

const names = byRegion((region) => region);
const regionOf = (code: string): RegionName => (code === names.seoul.aws.region ? 'seoul' : 'tokyo');

/**
 * Regions that customers are sent to. A region without pods is not healthy. Where no healthy one has a weight, Global Accelerator sends
 * requests to any endpoint of the nearest region.
 */
function served(model: Model): RegionName[] {
  const running = (Object.keys(model) as RegionName[]).filter((region) => model[region].runs);
  const weighted = running.filter((region) => model[region].weight > 0);
  return weighted.length > 0 ? weighted : running;
}

/**
 * The model after these calls. Throws where customers are in both regions, a weight goes to 0 whose pods run, or something is waited for
 * that nobody has asked for.
 */
export function journey(calls: Call[], start: Model): Model {
  const model = structuredClone(start);
  /** What is under way, and true when somebody has waited for it. */
  const ends: Record<RegionName, boolean> = { seoul: false, tokyo: false };
  let asked: RegionName = 'seoul';
  for (const call of calls) {
    const line = [call.program, ...call.words].join(' ');
    const fail = (what: string) => {
      throw new Error(`${what} after: ${line}`);
    };
    if (call.program === 'aws') {
      const { name, flags } = commandOf(call, { page: '', role: '' });
      const value = (flag: string): string => flags.get(flag)?.[0] ?? '';
      if (name === 'globalaccelerator list-endpoint-groups')
        asked = regionOf(value('query').match(/'([^']+)'/)?.[1] ?? '');
      if (name === 'globalaccelerator update-endpoint-group') {
        const weight = Number(value('endpoint-configurations').match(/Weight=(\d+)/)?.[1]);
        if (weight === 0 && model[asked].runs) fail(`pods of ${asked} run with weight 0`);
        if (weight > 0 !== Number(value('traffic-dial-percentage')) > 0) fail('weight and dial differ');
        model[asked].weight = weight;
      }
      if (name === 'secretsmanager put-secret-value') {
        const { writer } = JSON.parse(value('secret-string')) as { writer: RegionName };
        // The fence is in Seoul alone.
        ends.seoul = writer !== 'seoul';
        if (writer === 'seoul') model.seoul.runs = true;
      }
    } else {
      const context = call.words[call.words.indexOf('--context') + 1] as RegionName;
      const replicas = line.match(/ scale deployment --all --replicas=(\d+)/)?.[1];
      if (replicas !== undefined) ends[context] = replicas === '0';
      if (replicas !== undefined && replicas !== '0') model[context].runs = true;
      if (line.includes('--for=delete pod')) {
        if (!ends[context]) fail(`nobody stopped the pods of ${context}`);
        model[context].runs = false;
      }
    }
    if (served(model).length > 1) fail('customers are in both regions');
  }
  return model;
}

/** The lock's item after the last update among these calls, as DynamoDB evaluates it. */
export function lockAfter(calls: Call[], before?: LockItem): LockItem {
  const updates = calls.map((call) => commandOf(call, { page: '', role: '' }));
  const update = updates.filter(({ name }) => name === 'dynamodb update-item').at(-1);
  const value = (flag: string): string => update?.flags.get(flag)?.[0] ?? '';
  const aliases = JSON.parse(value('expression-attribute-names')) as Record<string, string>;
  const values = JSON.parse(value('expression-attribute-values')) as Record<string, { S?: string; N?: string }>;
  const valued = (name: string) => (values[name]?.N === undefined ? values[name]?.S : Number(values[name].N));
  const [, set = '', added = '', by = ''] = value('update-expression').match(/^SET ([\s\S]*) ADD (\w+) (:\w+)$/) ?? [];
  const item: Record<string, unknown> = { ...before };
  for (const part of set.split(/,(?![^(]*\))/)) {
    const [path = '', expression = ''] = part.trim().split(' = ');
    const name = aliases[path] ?? path;
    const [, fallback] = expression.match(/^if_not_exists\(#\w+, (:\w+)\)$/) ?? [];
    item[name] = fallback ? (item[name] ?? valued(fallback)) : valued(expression);
  }
  item[added] = Number(item[added] ?? 0) + Number(valued(by));
  return item as LockItem;
}
