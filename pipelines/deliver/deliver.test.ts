import { describe, expect, test } from '@jest/globals';
import type { Images } from '../../lib/images.ts';
import type { Step } from '../../lib/kube/tekton.ts';
import { deliver } from './deliver.ts';
import { stacks } from './stacks.ts';

const images = new Proxy({} as Images, { get: (_, name) => name });
const forge = {
  kind: 'github',
  url: 'https://github.com',
  api: 'https://api.github.com',
  owner: 'o',
  link: '',
} as const;
const of = ({ host, insecure }: { host: string; insecure: boolean }) =>
  deliver(
    {
      images,
      registry: { insecure, copies: insecure, prunes: insecure },
      forge,
      signingKey: { secret: 'signing-key' },
      scanDatabase: { mirrors: ['m.example/x'], maxHours: 48 },
      sonarqube: { server: 'https://sonarqube.example' },
    },
    host,
  );
const pipeline = of({ host: 'r.example', insecure: false });
const task = (name: string) => {
  const found = pipeline.tasks.find((task) => task.name === name);
  if (!found) throw new Error(`no task ${name}`);
  return found;
};
const steps = pipeline.tasks.flatMap((task) => task.steps.map((step) => ({ task, step })));

describe('deliver', () => {
  test('runs every gate before the registry, and the release after it', () => {
    const { tasks } = pipeline.spec as { tasks: { name: string; runAfter?: string[] }[] };
    expect(Object.fromEntries(tasks.map(({ name, runAfter }) => [name, runAfter ?? []]))).toEqual({
      'git-clone': [],
      'unit-test': ['git-clone'],
      'kaniko-build': ['git-clone'],
      'sonar-scan': ['git-clone', 'unit-test'],
      'trivy-scan': ['git-clone', 'kaniko-build'],
      'image-push': ['git-clone', 'kaniko-build', 'sonar-scan', 'trivy-scan', 'unit-test'],
      // Beside each other: a release does not wait for a region that is gone.
      'image-replicate': ['image-push'],
      release: ['image-push'],
      // For later runs.
      'dependency-build': ['git-clone', 'image-push'],
      'cache-save': ['dependency-build', 'git-clone'],
    });
  });

  test('has the results that the notifier reads', () => {
    const { results } = pipeline.spec as { results: { name: string }[] };
    expect(results.map(({ name }) => name)).toEqual([
      'image',
      'quality',
      'scan',
      'replica',
      'outcome',
      'release-commit',
    ]);
  });

  test('a credential is only in the steps that need it, never beside the code of a push', () => {
    const holders = steps.flatMap(({ task, step }) => [
      ...Object.values(step.secrets ?? {}).map(({ secret }) => [secret, `${task.name}/${step.name}`]),
      ...Object.keys(step.mounts ?? {}).flatMap((name) => {
        const volume = task.volumes?.[name];
        return volume && 'secret' in volume ? [[volume.secret, `${task.name}/${step.name}`]] : [];
      }),
    ]);
    const byStep: Record<string, string[]> = {};
    for (const [secret, step] of holders)
      byStep[step as string] = [...(byStep[step as string] ?? []), secret as string].sort();
    const signing = ['registry-push', 'signing-key', 'signing-key'];
    expect(byStep).toEqual({
      'git-clone/clone': ['forge-read'],
      'git-clone/refuse-triggers': ['registry-pull'],
      'git-clone/restore-cache': ['registry-pull'],
      'cache-save/save': ['registry-push'],
      'sonar-scan/scan': ['sonarqube'],
      'sonar-scan/gate': ['sonarqube'],
      'image-push/push': ['registry-push'],
      'image-push/sign': signing,
      'image-push/sign-bom': signing,
      'image-push/sign-provenance': signing,
      'image-replicate/confirm': ['registry-replicate', 'signing-public-key'],
      'release/write': ['forge-write', 'registry-pull', 'signing-public-key'],
    });
  });

  test('signs the digest that was built, with the key of the site and without a public log', () => {
    const signing = task('image-push').steps.filter(({ image }) => image === 'cosign');
    expect(signing.map(({ name, args }) => [name, args?.[0], args?.at(-1)])).toEqual(
      [
        ['sign', 'sign'],
        ['sign-bom', 'attest'],
        ['sign-provenance', 'attest'],
      ].map((step) => [...step, '$(params.image)@$(params.digest)']),
    );
    for (const { args } of signing)
      for (const flag of ['--key=env://SIGNING_KEY', '--tlog-upload=false']) expect(args).toContain(flag);
  });

  // What is made for later runs hinders nothing. The others leave the same end state however often they run, and their nodes may be reclaimed.
  test('retries only what may be retried', () => {
    expect(pipeline.tasks.filter(({ retries }) => retries > 0).map(({ name }) => name)).toEqual([
      'git-clone',
      'unit-test',
      'sonar-scan',
      'kaniko-build',
      'trivy-scan',
      'image-push',
      'image-replicate',
      'release',
    ]);
  });

  test('G11: the image is verified against the digest of the build, first of all in each pod that reads it, and read from the copy that was verified', () => {
    for (const [name, readers] of Object.entries({ 'trivy-scan': ['scan', 'judge'], 'image-push': ['push'] })) {
      const [first, ...others] = task(name).steps;
      expect([first?.program?.pathname, first?.env]).toEqual([
        expect.stringMatching(/\/verify-image.ts$/),
        { BUILT: '/source/image', LAYOUT: '/image/layout' },
      ]);
      // In a volume of the pod's own: what made the image may live beside it, and write the workspace.
      expect(task(name).volumes?.image).toEqual({ empty: '1Gi' });
      const holders = others.filter(({ mounts }) => Object.keys(mounts ?? {}).includes('image'));
      expect(holders.map(({ name, env, mounts }) => [name, env?.LAYOUT, mounts?.image])).toEqual(
        readers.map((reader) => [reader, '/image/layout', '/image']),
      );
      for (const { env } of others)
        expect(Object.values(env ?? {})).not.toContainEqual(expect.stringMatching(/^\/source(\/image)?$/));
    }
    const { tasks } = pipeline.spec as { tasks: { name: string; params: object[] }[] };
    for (const { name, params } of tasks.filter(({ name }) => ['trivy-scan', 'image-push'].includes(name)))
      expect([name, params]).toEqual([
        name,
        expect.arrayContaining([{ name: 'digest', value: '$(tasks.kaniko-build.results.digest)' }]),
      ]);
  });

  test('what the code of a push wrote in another pod is read from a plain copy', () => {
    const copies = (name: string) => [task(name).steps[0]?.program?.pathname, task(name).steps[0]?.env];
    expect(copies('sonar-scan')).toEqual([
      expect.stringMatching(/\/copy-plain.ts$/),
      { COPIES: '/source/repository=/scan/sources /reports=/scan/reports' },
    ]);
    expect(copies('cache-save')).toEqual([
      expect.stringMatching(/\/copy-plain.ts$/),
      { COPIES: '/layers=/work/layers' },
    ]);
    for (const { analysis } of Object.values(stacks))
      expect(analysis.filter((setting) => /=\//.test(setting) && !setting.includes('=/scan/reports/'))).toEqual([]);
    const [, save] = task('cache-save').steps;
    expect(save?.env?.LAYERS).toBe('/work/layers');
  });

  test('the release runs on on-demand nodes', () => {
    expect(pipeline.tasks.filter(({ onDemand }) => onDemand).map(({ name }) => name)).toEqual(['release']);
  });

  test('only kaniko is root, with the capabilities to unpack an image', () => {
    const roots = steps.filter(({ step }) => step.root).map(({ task, step }) => [task.name, step.root?.capabilities]);
    expect(roots).toEqual([
      ['kaniko-build', []],
      ['kaniko-build', ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID']],
      ['kaniko-build', []],
      ['dependency-build', ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID']],
      ['dependency-build', []],
    ]);
  });

  test('the tests work on a copy, and cannot change the build', () => {
    expect(task('unit-test').workspaces.source).toEqual({ readOnly: expect.any(String) });
    const [copy, , run] = task('unit-test').steps as [Step, Step, Step];
    expect(copy.command).toEqual(['cp', '-R', '/source/repository/.', '/code/']);
    expect(run.workingDir).toBe('/code');
    expect([run.args, run.image]).toEqual([['$(params.command[*])'], '$(params.image)']);
  });

  test('what the tests write beside the code goes to folders of the pod', () => {
    const [, , run] = task('unit-test').steps as [Step, Step, Step];
    expect(task('unit-test').volumes?.home).toHaveProperty('empty');
    expect(run.mounts?.home).toBe('/home/step');
    expect(run.mounts?.tmp).toBe('/tmp');
    for (const name of ['HOME', 'GOPATH']) expect(run.env?.[name]).toMatch(/^\/home\/step(\/|$)/);
  });

  test('kaniko pushes nothing, and a retried build gives the same digest', () => {
    const { args = [] } = task('kaniko-build').steps.find(({ name }) => name === 'build') as Step;
    for (const flag of ['--no-push', '--oci-layout-path=/built-image', '--dockerfile=Dockerfile'])
      expect(args).toContain(flag);
    expect(task('kaniko-build').steps.at(-1)?.program?.pathname).toMatch(/\/make-reproducible.ts$/);
    expect(args.filter((flag) => flag.startsWith('--destination'))).toEqual([]);
  });

  test('a build reads the layer cache and never writes it; cached layers come from the lock files alone', () => {
    for (const name of ['kaniko-build', 'unit-test'])
      expect(task(name).workspaces.layerCache).toEqual({ readOnly: expect.any(String) });
    const flags = (name: string) =>
      task(name)
        .steps.find((step) => step.name === 'build')
        ?.args?.filter((flag) => /cache|context/.test(flag));
    expect(flags('kaniko-build')).toEqual([
      '--context=dir:///build-context',
      ...['--cache=true', '--cache-ttl=8760h', '--cache-repo=oci:/layer-cache/layers', '--no-push-cache'],
    ]);
    expect(flags('dependency-build')).toEqual([
      '--context=dir:///build-context',
      ...['--cache=true', '--cache-ttl=8760h', '--cache-repo=oci:/layers/layers'],
    ]);
    expect(task('dependency-build').workspaces.buildContext).toEqual({ readOnly: expect.any(String) });
    // Its Dockerfile is the push's own: it runs as root, and writes nothing of the run but the image.
    const { tasks } = pipeline.spec as { tasks: { name: string; workspaces: object[] }[] };
    const workspaces = (of: string) => tasks.find(({ name }) => name === of)?.workspaces;
    expect(workspaces('dependency-build')).toEqual([
      { name: 'build-context', workspace: 'source', subPath: 'dependencies' },
      { name: 'layers', workspace: 'source', subPath: 'new-layers' },
    ]);
    expect(workspaces('kaniko-build')).toEqual([
      { name: 'build-context', workspace: 'source', subPath: 'repository' },
      { name: 'layer-cache', workspace: 'source', subPath: 'layers' },
      { name: 'built-image', workspace: 'source', subPath: 'image' },
    ]);
    const writable = Object.entries(task('kaniko-build').workspaces).filter(([, about]) => typeof about === 'string');
    expect(writable.map(([name]) => name)).toEqual(['builtImage']);
  });

  test('only a scan can write its verdict, never the code of a push', () => {
    const { tasks } = pipeline.spec as { tasks: { name: string; workspaces?: { name: string; subPath?: string }[] }[] };
    const writers = (folder: string) =>
      tasks.flatMap(({ name, workspaces = [] }) => {
        const about = Object.values(task(name).workspaces);
        return workspaces.some(({ subPath = folder }, index) => subPath === folder && typeof about[index] === 'string')
          ? [name]
          : [];
      });
    // The first task of a run, before which there is nothing.
    expect(writers('verdict')).toEqual(['git-clone', 'sonar-scan']);
    expect(writers('findings')).toEqual(['git-clone', 'trivy-scan']);
  });

  test('the layer cache is saved after a miss only, and hinders nothing', () => {
    const { tasks } = pipeline.spec as { tasks: { name: string; when?: object[]; onError?: string }[] };
    const when = [{ input: '$(tasks.git-clone.results.cache)', operator: 'in', values: ['miss'] }];
    for (const { name, when: given, onError } of tasks)
      expect([name, given, onError]).toEqual(
        ['dependency-build', 'cache-save'].includes(name) ? [name, when, 'continue'] : [name, undefined, undefined],
      );
  });

  test('plain HTTP is spoken only if the site says so', () => {
    const flags = (insecure: boolean) => {
      const { tasks } = of({ host: 'registry.internal:5000', insecure });
      const step = (of: string, name: string) =>
        tasks.find((task) => task.name === of)?.steps.find((step) => step.name === name);
      return [
        step('kaniko-build', 'build')?.args?.filter((flag) => flag.includes('insecure')),
        step('image-push', 'push')?.env?.INSECURE,
      ];
    };
    expect(flags(true)).toEqual([['--insecure-registry=registry.internal:5000'], 'true']);
    expect(flags(false)).toEqual([[], 'false']);
  });
});
