/** Nothing that the platform runs, writes or says gives a secret to whoever should not have it. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { entranceSecrets } from '../local/entrance/settings.ts';
import { slackMessages } from '../local/loop.ts';
import { namespace } from '../local/machine/network.ts';
import { run, until } from '../local/machine/process.ts';
import { slackPath } from '../local/outside/outside.ts';
import { kubectl } from '../local/region/region.ts';
import { git, services } from '../local/seed/git.ts';
import { secrets } from '../local/seed/secrets.ts';
import { logs, regions, repository, seoul } from '../local/topology.ts';
import { object, runFromTemplate } from './cluster.ts';
import { inClone } from './forge.ts';
import { bringUp, released, upMs } from './platform.ts';

beforeAll(async () => {
  await bringUp();
  // So that there is what a run leaves.
  await released('ticket');
}, upMs + 420_000);

const may = async (account: string, attributes: object): Promise<boolean> => {
  const [, , namespace] = account.split(':');
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: account,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: { namespace: 'ci', ...attributes },
    },
  };
  return JSON.parse(await kubectl(seoul, ['create', '-f', '-', '-o', 'json'], JSON.stringify(review))).status.allowed;
};
const asked = {
  'get secrets': { verb: 'get', resource: 'secrets' },
  'list secrets': { verb: 'list', resource: 'secrets' },
  'create pods': { verb: 'create', resource: 'pods' },
  'create pods/exec': { verb: 'create', resource: 'pods', subresource: 'exec' },
  'create pipelineruns': { verb: 'create', resource: 'pipelineruns', group: 'tekton.dev' },
  'create taskruns': { verb: 'create', resource: 'taskruns', group: 'tekton.dev' },
  'patch tasks': { verb: 'patch', resource: 'tasks', group: 'tekton.dev' },
  'create serviceaccounts/token': { verb: 'create', resource: 'serviceaccounts', subresource: 'token' },
};
const ofTasks = ['build', 'scan', 'push', 'replicate', 'release', 'cache-save', 'default'];
test.each<[string, string[]]>([
  // Most may do nothing of what would matter.
  ...ofTasks.map((name): [string, string[]] => [`system:serviceaccount:ci:${name}`, []]),
  ['system:serviceaccount:ci:listen', ['create pipelineruns']],
  ['system:serviceaccount:ci:redeliver-pushes', []],
  ['system:serviceaccount:ci:prune-images', []],
  ['system:serviceaccount:notifier:notifier', []],
])(
  'the API server lets the account %s read no secret, start no task and change no pod; and of the rest: %s',
  async (account, allowed) => {
    const found = await Promise.all(Object.values(asked).map((attributes) => may(account, attributes)));
    expect(Object.keys(asked).filter((_, index) => found[index])).toEqual(allowed);
  },
);

/** From a pod with everything that a scanning Task gives its steps, but for what they run. */
const looks = `
fail() { echo "found: $1"; exit 1; }
names=$(env | cut -d= -f1 | grep -iE 'token|secret|password|credential|private|auth' | grep -vx "\${ALLOWED:-nothing}" || true)
[ -z "$names" ] || fail "in the environment: $names"
for folder in $(awk '$3 == "tmpfs" { print $2 }' /proc/mounts | grep -vE '^/(dev|proc|sys|tekton/downward)(/|$)'); do
[ ! -d "$folder" ] || [ -z "$(ls -A "$folder" 2>/dev/null)" ] || fail "mounted: $folder"
done
[ ! -e /var/run/secrets/kubernetes.io ] || fail 'a token of Kubernetes'
asked() { curl --silent --output /dev/null --max-time 15 --write-out '%{http_code}' "$@" || true; }
[ "$(asked --connect-timeout 3 http://169.254.169.254/latest/meta-data/)" = 000 ] || fail 'a metadata service'
# Neither does the network lead there, nor would an answer give anything.
refused() { case $(asked "$@") in 000 | 401 | 403) ;; *) false ;; esac }
refused --insecure https://kubernetes.default.svc/api/v1/namespaces/ci/secrets || fail 'something of Kubernetes'
refused http://forge.internal:3000/tickets/ticket.git/info/refs?service=git-upload-pack || fail 'a repository'
for host in registry.seoul.internal registry.tokyo.internal; do
refused --request POST "http://$host:5000/v2/ticket/blobs/uploads/" || fail "a way into $host"
done
echo looked everywhere`;
type Step = { script?: string; env?: object[] };
type Named = { name: string; type: string };
test.each([
  ['trivy-scan', 'nothing'],
  // Its own server's, and only that.
  ['sonar-scan', 'SONAR_TOKEN'],
])(
  'from inside the pod of %s no credential but its own is to be had, and no metadata service',
  async (name, allowed) => {
    const task = await object(seoul, 'task', name, '-n', 'ci');
    const steps = (task.spec.steps as Step[]).map(({ script: _, env = [], ...step }) => ({
      ...step,
      command: ['sh', '-c'],
      args: [looks],
      env: [...env, { name: 'ALLOWED', value: allowed }],
    }));
    const { taskRunSpecs } = (await runFromTemplate('ticket', '0'.repeat(40))).spec;
    const { serviceAccountName, podTemplate } = taskRunSpecs.find(
      ({ pipelineTaskName }: { pipelineTaskName: string }) => pipelineTaskName === name,
    );
    const look = `look-${Date.now()}`;
    const taskRun = {
      apiVersion: 'tekton.dev/v1',
      kind: 'TaskRun',
      metadata: { name: look, namespace: 'ci' },
      spec: {
        ...{ serviceAccountName, podTemplate, taskSpec: { ...task.spec, steps } },
        params: ((task.spec.params ?? []) as Named[]).map(({ name, type }) => ({
          ...{ name, value: type === 'array' ? ['x'] : 'x' },
        })),
        workspaces: ((task.spec.workspaces ?? []) as Named[]).map(({ name }) => ({ name, emptyDir: {} })),
      },
    };
    await kubectl(seoul, ['create', '-f', '-'], JSON.stringify(taskRun));
    try {
      await until(look, 90, async () => {
        const succeeded = ['get', 'taskrun', '-n', 'ci', look, '-o', 'jsonpath={.status.conditions[0].status}'];
        return ['True', 'False'].includes(await kubectl(seoul, succeeded));
      });
      const output = await kubectl(seoul, ['logs', '-n', 'ci', `${look}-pod`, '--all-containers']);
      expect(output).not.toContain('found:');
      expect(output.match(/looked everywhere/g)).toHaveLength(steps.length);
    } finally {
      await kubectl(seoul, ['delete', 'taskrun', '-n', 'ci', look]);
    }
  },
  120_000,
);

test('what runs in a region reaches no link-local address, where clouds have their metadata service, and others beside it', async () => {
  const [cloud, link, gateway] = ['gitops-e2e-cloud', 'gp-e2e', '198.51.100.1'];
  const [metadata, other] = ['169.254.42.42', '198.51.100.2'];
  const ip = (...args: string[]) => run('ip', args);
  const remove = async () => {
    await ip('link', 'del', link).catch(() => undefined);
    await ip('netns', 'del', cloud).catch(() => undefined);
  };
  // Of a run that was killed.
  await remove();
  await ip('netns', 'add', cloud);
  const serve = "require('node:http').createServer((_, answer) => answer.end('here')).listen(80)";
  const server = spawn('nsenter', [`--net=/run/netns/${cloud}`, process.execPath, '-e', serve]);
  try {
    await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', cloud);
    for (const address of [metadata, other]) await ip('-n', cloud, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
    await ip('-n', cloud, 'link', 'set', 'eth0', 'up');
    await ip('addr', 'add', `${gateway}/24`, 'dev', link);
    await ip('link', 'set', link, 'up');
    await ip('route', 'add', metadata, 'dev', link);
    const asked = (address: string, ...from: string[]) =>
      run('nsenter', [...from, 'curl', '--silent', '--noproxy', '*', '--max-time', '5', `http://${address}/`]).catch(
        () => 'nothing',
      );
    const region = `--net=/run/netns/${namespace(seoul)}`;
    await until('the server', 20, async () => (await asked(metadata)) === 'here');
    expect([await asked(metadata, region), await asked(other, region)]).toEqual(['nothing', 'here']);
  } finally {
    server.kill();
    await remove();
  }
}, 60_000);

test('G20: no log, run, message, repository or file of git shows a token, a login, the webhook secret or a password', async () => {
  const { robotToken, readerToken, developerToken, password, sonarPassword, argocdWebhook, signingKey } = secrets();
  const kept = JSON.parse(await kubectl(seoul, ['get', 'secrets', '-n', 'ci', '-o', 'json'])).items as {
    metadata: { name: string };
    data?: Record<string, string>;
  }[];
  const logins = (value: string) =>
    [...value.matchAll(/"auth":"([^"]+)"/g)].flatMap(([, auth = '']) => {
      const login = Buffer.from(auth, 'base64').toString();
      return [auth, login, login.slice(login.indexOf(':') + 1)];
    });
  const inCluster = kept
    .filter(({ metadata }) => metadata.name !== 'signing-public-key')
    .flatMap(({ data = {} }) => Object.values(data).map((value) => Buffer.from(value, 'base64').toString()))
    .flatMap((value) => [...value.split('\n'), ...logins(value)])
    .filter((line) => line.length >= 12 && !line.startsWith('-----'));
  // The webhook's, the forge's two, SonarQube's, the lines of the signing key with its password, and two registries' logins.
  expect(inCluster.length).toBeGreaterThanOrEqual(20);
  const output: string[] = [];
  for (const region of regions) {
    const names = 'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name}{"\\n"}{end}';
    const pods = (await kubectl(region, ['get', 'pods', '-A', '-o', names])).trim().split('\n');
    const logOf = (line: string) => {
      const [namespace, name] = line.split(' ') as [string, string];
      return kubectl(region, ['logs', '-n', namespace, name, '--all-containers', '--tail=-1']).catch(() => '');
    };
    for (let n = 0; n < pods.length; n += 10) output.push(...(await Promise.all(pods.slice(n, n + 10).map(logOf))));
    output.push(await kubectl(region, ['get', 'configmaps,events', '-A', '-o', 'yaml']));
  }
  output.push(await kubectl(seoul, ['get', 'pipelineruns,taskruns', '-n', 'ci', '-o', 'yaml']));
  output.push(...(await slackMessages()).map(({ shown }) => shown));
  for (const file of readdirSync(logs, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.log')) output.push(readFileSync(join(logs, file), 'utf8'));
  output.push(await git(['grep', '-h', ''], repository));
  for (const name of [...services, 'platform'])
    output.push(await inClone(name, (folder) => git(['log', '--all', '--patch'], folder)));
  const { keys, subjectKey, cookieKeys, apiKeys, clientSecrets, staff } = entranceSecrets();
  const ofEntrance = [
    ...[keys.customers, keys.staff].flat().map(({ d }) => `${d}`),
    ...[cookieKeys, apiKeys, clientSecrets].flatMap((some) => Object.values<string>(some)),
    ...[subjectKey, staff.password],
  ];
  expect(ofEntrance.every((word) => word.length >= 30)).toBe(true);
  const found = [
    ...inCluster,
    ...[robotToken, readerToken, developerToken, password, sonarPassword, argocdWebhook, signingKey?.password],
    slackPath(),
    ...ofEntrance,
  ].filter((secret) => output.some((text) => text.includes(secret as string)));
  expect(found.length).toBe(0);
}, 180_000);
