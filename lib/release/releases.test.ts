import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { oneLine } from '../text.ts';
import {
  formatRelease,
  parseRelease,
  type Release,
  ReleaseFault,
  releaseFaults,
  releasePath,
  robot,
  waitingRelease,
} from './releases.ts';

const release: Release = {
  service: 'ticket',
  digest: `sha256:${'ab12'.repeat(16)}`,
  commit: '1234567890'.repeat(4),
  subject: 'Issue tickets twice as fast',
  author: '김하늘',
  run: 'ticket-main-123456789012',
};

const annotationsOf = (text: string) => parse(parse(text).patches[0].patch).metadata.annotations;

test('a release reads back as it was written, and the same release gives the same bytes', () => {
  expect(parseRelease(formatRelease(release), 'ticket')).toEqual(release);
  expect(formatRelease({ ...release })).toBe(formatRelease(release));
});

test('G9: a release changes only its own lines', () => {
  const before = formatRelease(release).split('\n');
  const after = formatRelease({ ...release, digest: `sha256:${'0'.repeat(64)}`, subject: 'Next' }).split('\n');
  expect(after).toHaveLength(before.length);
  expect(after.filter((line, index) => line !== before[index]).map((line) => line.trim().split(':')[0])).toEqual([
    'digest',
    'tickets.example/subject',
  ]);
});

test('the file is a Kustomize Component for the Deployment and image of the service', () => {
  const file = parse(formatRelease(release));
  expect(file.kind).toBe('Component');
  expect(file.images).toEqual([{ name: 'ticket', digest: release.digest }]);
  expect(file.patches[0].target).toEqual({ kind: 'Deployment', name: 'ticket' });
  expect(formatRelease(release)).toMatch(/^# What this environment runs of ticket\.\n# Written by /);
  // 40 decimal digits are a number to YAML unless quoted.
  expect(annotationsOf(formatRelease(release))['tickets.example/commit']).toBe(release.commit);
});

const header = `# What this environment runs of ticket.
# Written by the release step of the pipeline and by scripts/promote only: an edit by hand is lost with the next release.
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
`;
test('the files to the letter, as they lie in git', () => {
  expect(formatRelease(release)).toBe(`${header}images:
  - name: ticket
    digest: ${release.digest}
patches:
  - target:
      kind: Deployment
      name: ticket
    patch: |
      apiVersion: "apps/v1"
      kind: "Deployment"
      metadata:
        name: "ticket"
        annotations:
          tickets.example/commit: "${release.commit}"
          tickets.example/subject: "Issue tickets twice as fast"
          tickets.example/author: "김하늘"
          tickets.example/run: "ticket-main-123456789012"
`);
  expect(waitingRelease('ticket')).toBe(`${header}patches:
  - target:
      kind: Deployment
      name: ticket
    patch: |
      apiVersion: "apps/v1"
      kind: "Deployment"
      metadata:
        name: "ticket"
      spec:
        paused: true
  - target:
      kind: HorizontalPodAutoscaler
      name: ticket
    patch: |
      $patch: "delete"
      apiVersion: "autoscaling/v2"
      kind: "HorizontalPodAutoscaler"
      metadata:
        name: "ticket"
  - target:
      kind: CronJob
      name: ticket
    patch: |
      apiVersion: "batch/v1"
      kind: "CronJob"
      metadata:
        name: "ticket"
      spec:
        suspend: true
  - target:
      kind: Job
      name: ticket-migrate
    patch: |
      $patch: "delete"
      apiVersion: "batch/v1"
      kind: "Job"
      metadata:
        name: "ticket-migrate"
`);
  // By this name the triggers distinguish a release from a push of people.
  expect(robot).toEqual({ name: 'platform-robot', email: 'platform-robot@tickets.example' });
});

test("what Go's YAML reader takes for other types than text is quoted", () => {
  const text = formatRelease({ ...release, service: 'on', subject: 'yes', author: '1e3', run: '0x1f' });
  for (const line of ['  - name: "on"', '      name: "on"', '/subject: "yes"', '/author: "1e3"', '/run: "0x1f"'])
    expect(text).toContain(`${line}\n`);
  expect(waitingRelease('y')).toContain('      name: "y"\n');
});

test('waiting: a paused Deployment without autoscaler, no Job, read as no release', () => {
  const text = waitingRelease('ticket');
  expect(parseRelease(text, 'ticket')).toBeUndefined();
  const patches = parse(text).patches;
  expect(parse(patches[0].patch).spec).toEqual({ paused: true });
  expect(patches[1].target.kind).toBe('HorizontalPodAutoscaler');
  expect(parse(patches[1].patch).$patch).toBe('delete');
  expect(parse(patches[2].patch)).toMatchObject({ kind: 'CronJob', spec: { suspend: true } });
  expect(patches[3].target).toEqual({ kind: 'Job', name: 'ticket-migrate' });
  expect(parse(patches[3].patch)).toMatchObject({ $patch: 'delete', metadata: { name: 'ticket-migrate' } });
  expect(() => waitingRelease('../dev')).toThrow(/service: given "\.\.\/dev", allowed a DNS label/);
});

test.each([
  ['quotes and keys', `": '\\"\n  tickets.example/run: "evil"`],
  ['document markers', '---\n...\n--- !!js/function'],
  ['anchors, aliases, tags', '*x &y !!binary %YAML'],
  ['line breaks of every kind', 'a\rb\u0085c\u2028d\u2029e\vf\fg'],
  ['control and direction characters', 'a\u0000b\u001b[31mc\u202ed\u2066e\ufefff\ud800g\uffffh'],
  ['shell and Slack', '$(touch /tmp/x) `id` <!channel> <http://evil|x>'],
  ['a megabyte', `${'x'.repeat(1 << 20)}`],
  ['many words', 'many words '.repeat(100)],
  ['a megabyte of Korean', `${'가'.repeat(1 << 20)}`],
  ['a family', '👨‍👩‍👧‍👦'],
  ['nothing', ''],
])('hostile text is inert: %s', (_name, hostile) => {
  const text = formatRelease({ ...release, subject: hostile, author: hostile });
  const found = parseRelease(text, 'ticket');
  expect(found).toEqual({ ...release, subject: oneLine(hostile, 200), author: oneLine(hostile, 100) });
  expect(Object.keys(annotationsOf(text))).toHaveLength(4);
  expect(text.split('\n')).toHaveLength(formatRelease(release).split('\n').length);
  expect([...(found as Release).subject].length).toBeLessThanOrEqual(200);
  expect(text).not.toMatch(/[^\n\P{Cc}]|[\u2028\u2029\u202e\ufeff]/u);
});

test('a faulty release names every fault at once and writes nothing', () => {
  const broken = {
    ...release,
    service: 'Ticket',
    digest: 'latest',
    commit: 'HEAD',
    run: '--x',
  };
  expect(releaseFaults(broken)).toHaveLength(4);
  expect(() => formatRelease(broken)).toThrow(ReleaseFault);
  expect(() => formatRelease(broken)).toThrow(
    /service: given "Ticket".*digest: .*commit: given "HEAD".*run: given "--x"/,
  );
});

test.each([
  { service: ['ticket'] },
  { service: 'ticket/../live' },
  { service: 'ticket-' },
  { service: 't'.repeat(64) },
  { digest: [release.digest] },
  { commit: [release.commit] },
  { run: [release.run] },
  { run: 'ticket\n--x' },
  { run: 'ticket-' },
  { run: 'r'.repeat(254) },
  { subject: undefined },
  { author: 7 },
])('%j is a fault', (change) => expect(releaseFaults({ ...release, ...change })).toHaveLength(1));

test('the shortest and the longest names are good', () => {
  for (const change of [{ service: 't' }, { service: 't'.repeat(63) }, { run: 'r' }, { run: 'r'.repeat(253) }])
    expect(releaseFaults({ ...release, ...change })).toEqual([]);
  expect(waitingRelease('t'.repeat(63))).toContain('Component');
  expect(() => waitingRelease('t'.repeat(64))).toThrow(ReleaseFault);
});

test.each([
  ['empty', '', /not a release/],
  ['no YAML', '{', /not YAML/],
  ['merge markers', '<<<<<<< HEAD\nkind: Component\n=======\n>>>>>>> x', /not (YAML|a release)/],
  ['another kind', 'kind: Kustomization\npatches: []', /not a release/],
  ['no patches', 'kind: Component', /not a release/],
  ['no digest', formatRelease(release).replace(/ +digest:.*\n/, ''), /digest: given nothing/],
  ['a tag', formatRelease(release).replace(/digest: .*/, 'newTag: latest'), /digest: given nothing/],
  ['a damaged patch', formatRelease(release).replace('metadata:', 'metadata: ['), /patch: not YAML/],
  ['an alias bomb', `a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\nkind: Component\npatches: []`, /not YAML/],
  ['two megabytes', `kind: Component\n${'#'.repeat(2 << 20)}`, /allowed 32768/],
])('a damaged file is refused in words: %s', (_name, text, words) => {
  const parsing = () => parseRelease(text, 'ticket', 'releases/dev/ticket');
  expect(parsing).toThrow(ReleaseFault);
  expect(parsing).toThrow(words);
  expect(parsing).toThrow(/^releases\/dev\/ticket: /);
});

const image = `  - name: ticket\n    digest: ${release.digest}\n`;
const more = (text: string) => formatRelease(release) + text;
test.each([
  ['a comment', more('# keep this\n'), /line 22: given "# keep this", allowed only what a release writes, nothing/],
  [
    'an unknown key',
    formatRelease(release).replace('images:', 'labels: []\nimages:'),
    /line 5: given "labels: \[\]", allowed .*"images:"/,
  ],
  ['a resource', more('resources: [../../../evil]\n'), /line 22/],
  ['another patch', more('  - target: { kind: Deployment }\n    patch: |\n      kind: Service\n'), /line 22/],
  ['another target', formatRelease(release).replace('kind: Deployment', 'kind: .*'), /line 10: given "kind: \.\*"/],
  ['a name for the image', formatRelease(release).replace(image, `${image}    newName: evil.example/x\n`), /line 8/],
  ['another image', formatRelease(release).replace(image, `${image}${image.replace('ticket', 'sidecar')}`), /line 8/],
  [
    'more in its patch',
    formatRelease(release).replace('      metadata:', '      spec: { replicas: 0 }\n      metadata:'),
    /line 15/,
  ],
  [
    'an annotation',
    formatRelease(release).replace(/( +)"?tickets.example\/run.*\n/, '$&$1evil: "x"\n'),
    /given "evil: /,
  ],
  // A line break to Go's YAML reader, and none to ours.
  [
    'a line that only Kustomize sees',
    formatRelease(release).replace('ticket.\n', 'ticket.\u0085resources: [x]\n'),
    /line 1/,
  ],
  ['another service', formatRelease({ ...release, service: 'live' }), /service: given "live", allowed ticket/],
  ['more than waiting', `${waitingRelease('ticket')}resources: [x]\n`, /line \d+: given "resources: \[x\]"/],
  ['waiting for another service', waitingRelease('live'), /line 1: given "# What this environment runs of live\."/],
  ['no end of line', formatRelease(release).trimEnd(), /line 22/],
])('G9: a file with %s is refused, so that nothing of it is deployed unseen or lost', (_name, text, words) => {
  expect(() => parseRelease(text, 'ticket', 'releases/dev/ticket')).toThrow(ReleaseFault);
  expect(() => parseRelease(text, 'ticket', 'releases/dev/ticket')).toThrow(words);
});

test('the path of a release', () => {
  expect(releasePath('dev', 'ticket')).toBe('releases/dev/ticket/kustomization.yaml');
});
