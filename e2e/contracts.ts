import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from './forge.ts';

/** A change that one gate must stop, and no other. */
export type Contract = {
  gate: string;
  service: string;
  /** What is wrong, where a gate stops more than one thing. */
  fault: string;
  change: Change;
  /** What the gate says is the reason. */
  reason?: RegExp;
  /** What the log of its step shows, where the gate cannot say the reason itself. */
  log?: RegExp;
};

/** Puts the files of a folder of fixtures into the repository. */
const add =
  (fixture: string): Change =>
  (folder) =>
    cpSync(join(import.meta.dirname, 'fixtures', fixture), folder, { recursive: true });
const addFile =
  (path: string, text: string): Change =>
  (folder) =>
    writeFileSync(join(folder, path), text);
const append =
  (path: string, text: string): Change =>
  (folder) =>
    appendFileSync(join(folder, path), text);
/** Puts text behind a place that the file must have. */
const insertAfter =
  (path: string, place: string, text: string): Change =>
  (folder) => {
    const before = readFileSync(join(folder, path), 'utf8');
    if (!before.includes(place)) throw new Error(`${path} has no ${JSON.stringify(place)}`);
    writeFileSync(
      join(folder, path),
      before.replace(place, () => `${place}${text}`),
    );
  };
/** Puts text in place of what the file must have. */
const replace =
  (path: string, old: RegExp, text: string): Change =>
  (folder) => {
    const before = readFileSync(join(folder, path), 'utf8');
    if (!old.test(before)) throw new Error(`${path} has no ${old}`);
    writeFileSync(
      join(folder, path),
      before.replace(old, () => text),
    );
  };
const all =
  (...changes: Change[]): Change =>
  (folder) => {
    for (const change of changes) change(folder);
  };

/** Of a stage that is never built, because nothing needs it: what counts is what is written. */
const baseByTag: Change = (folder) => {
  const file = join(folder, 'Dockerfile');
  const other = 'FROM docker.io/library/debian:latest AS other\n';
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^FROM /m, `${other}FROM `));
};
const brokenBuild = append('Dockerfile', '\nRUN no-such-program\n');
/** Fails before a base is unpacked: a Dockerfile that fails is built twice, because the Task is retried: its node may have been lost. */
const missingFile = insertAfter('Dockerfile', ' AS build\n', 'COPY no-such-file .\n');

// What must be long to be stopped.
const times = (count: number, line: (n: number) => string, between = '\n') =>
  Array.from({ length: count }, (_, n) => line(n)).join(between);
const untested = `package main\n\n// untested has no test on purpose.\nfunc untested(a int) int {\n${times(600, (n) => `\ta += ${n}`)}\n\treturn a\n}\n\nvar _ = untested\n`;
/** Five minutes of work each, as SonarQube reckons, and hardly a line: more than a twentieth of what all of the service took. */
const emptyFunctions = `package main\n\n${times(30, (line) => times(20, (n) => `func empty${line * 20 + n}() {}`, '; '))}\n`;
const copied = `def figures(first: dict[str, int], second: dict[str, int]) -> dict[str, int]:\n    found: dict[str, int] = {}\n${times(60, (n) => `    found["figure-${n}"] = first["a${n}"] * ${n + 2} - second["b${n}"]`)}\n    return found\n`;

/** A reason that names these conditions, in any order. */
const red = (...conditions: string[]) =>
  new RegExp(`quality gate red: ${conditions.map((one) => `(?=[^\\n]*${one})`).join('')}`);
const rating = (of: string) => `software quality ${of} rating is [B-E], allowed at most A`;

const everyService = ['ticket', 'live', 'booking'];

export const contracts: Contract[] = [
  ...Object.entries({
    booking: /failed: BrokenTest\.isBrokenOnPurpose/,
    ticket: /failed: TestBroken/,
    live: /failed: test_broken_on_purpose/,
  }).map(([service, reason]) => ({
    ...{ gate: 'unit-test', service, fault: 'a test that fails' },
    ...{ change: add(`unit-test/${service}`), reason },
  })),
  {
    ...{ gate: 'unit-test', service: 'booking', fault: 'a test with a Korean name that fails' },
    change: addFile(
      'src/test/java/example/tickets/booking/예매Test.java',
      'package example.tickets.booking;\n\nclass 예매Test {\n\n    @org.junit.jupiter.api.Test\n    void 두_장을_판다() {\n        throw new AssertionError();\n    }\n}\n',
    ),
    reason: /failed: 예매Test\.두_장을_판다/,
  },
  {
    ...{ gate: 'unit-test', service: 'ticket', fault: 'code that does not compile' },
    change: addFile('broken.go', 'package main\n\nvar _ = undefinedThing\n'),
    reason: /broken\.go:3:9: undefined: undefinedThing/,
  },
  ...everyService.map((service) => ({
    ...{ gate: 'git-clone', service, fault: 'a base image without a digest', change: baseByTag },
    reason:
      /Dockerfile: line \d+: FROM "docker\.io\/library\/debian:latest": is not an image by its digest; allowed are/,
  })),
  {
    ...{ gate: 'kaniko-build', service: 'ticket', fault: 'a Dockerfile that fails', change: brokenBuild },
    // The last words where there is no shell.
    log: /RUN no-such-program[\s\S]*(not found|no such file or directory)/,
  },
  ...['live', 'booking'].map((service) => ({
    ...{ gate: 'kaniko-build', service, fault: 'a Dockerfile that fails', change: missingFile },
    log: /no-such-file: no such file or directory/,
  })),
  // Each condition at least once, two at a time, in code that compiles and passes the tests: all that failed is named.
  {
    ...{ gate: 'sonar-scan', service: 'booking', fault: 'a bug and a weak cipher' },
    ...{ change: add('sonar-scan/booking'), reason: red(rating('reliability'), rating('security')) },
  },
  {
    ...{ gate: 'sonar-scan', service: 'ticket', fault: 'code without tests and empty functions' },
    change: all(addFile('untested.go', untested), addFile('empty.go', emptyFunctions)),
    reason: red('coverage is [0-5]?\\d(\\.\\d)?, allowed at least 60', rating('maintainability')),
  },
  {
    ...{ gate: 'sonar-scan', service: 'live', fault: 'a bug and copied code' },
    change: all(add('sonar-scan/live'), ...['once', 'twice'].map((name) => addFile(`live/${name}.py`, copied))),
    reason: red(rating('reliability'), 'duplicated lines density is \\d+(\\.\\d)?, allowed at most 5'),
  },
  {
    ...{ gate: 'sonar-scan', service: 'live', fault: 'tests without a coverage report' },
    change: append('test.sh', 'rm coverage.xml\n'),
    reason: /coverage is 0\.0, allowed at least 60\. the tests left no coverage\.xml; have them write/,
  },
  // A dependency with a known hole that has a fix.
  {
    ...{ gate: 'trivy-scan', service: 'booking', fault: 'a vulnerable dependency' },
    change: insertAfter(
      'pom.xml',
      // Not those that only say which version something has that others bring.
      '\n  <dependencies>\n',
      '    <dependency>\n      <groupId>commons-collections</groupId>\n      <artifactId>commons-collections</artifactId>\n      <version>3.2.1</version>\n    </dependency>\n',
    ),
    reason: /CVE-2015-7501 CRITICAL: commons-collections:commons-collections 3\.2\.1, fixed in 3\.2\.2/,
  },
  {
    ...{ gate: 'trivy-scan', service: 'ticket', fault: 'a vulnerable dependency' },
    // An old version of a module that it has: a module of its own would need code that uses it.
    change: all(
      append('go.mod', '\nreplace golang.org/x/text => golang.org/x/text v0.3.7\n'),
      append(
        'go.sum',
        'golang.org/x/text v0.3.7 h1:olpwvP2KacW1ZWvsR7uQhoyTYvKAupfQrRGBFM352Gk=\ngolang.org/x/text v0.3.7/go.mod h1:u+2+/6zg+i71rQMx5EYifcz6MCKuco9NR6JIITiCfzQ=\n',
      ),
    ),
    reason: /CVE-2022-32149 HIGH: golang\.org\/x\/text v0\.3\.7, fixed in 0\.3\.8/,
  },
  {
    ...{ gate: 'trivy-scan', service: 'live', fault: 'a vulnerable dependency' },
    // An old version of a package that it has: pip takes no package twice.
    change: replace(
      'requirements.txt',
      /^urllib3==.*\\\n(?: {4}.*\n)+/m,
      'urllib3==1.26.4 \\\n    --hash=sha256:2f4da4594db7e1e110a944bb1b551fdf4e6c136ad42e4234131391e21eb5b0df\n',
    ),
    reason: /CVE-2021-33503 HIGH: urllib3 1\.26\.4, fixed in 1\.26\.5/,
  },
  // Judged the same of every service.
  {
    ...{ gate: 'trivy-scan', service: 'ticket', fault: 'an ignore without a reason and an end' },
    change: add('trivy-scan-ignores/ticket'),
    reason: /\.trivyignore\.yaml: vulnerabilities\[0\] \(CVE-2022-32149\): statement: given nothing/,
  },
  {
    ...{ gate: 'trivy-scan', service: 'live', fault: 'a base past its end of life' },
    // Debian names its release in a file; nine ended in 2022.
    change: append('Dockerfile', '\nUSER 0\nRUN echo 9.13 >/etc/debian_version\nUSER 65532:65532\n'),
    reason: /past its end of life/,
  },
];

export const gates = ['git-clone', 'unit-test', 'kaniko-build', 'sonar-scan', 'trivy-scan'];

/** The one for each gate that story gates pushes, to see more than the gate. */
export const pushedContracts = gates.map((gate) => {
  const found = contracts.find((one) => one.gate === gate && one.service === 'ticket');
  if (!found) throw new Error(`no contract of ${gate} for ticket`);
  return found;
});

/** Looks around from the tests and the build of a push to live, and fails where there is anything to be had. */
export const curious: Change = all(add('curious/live'), (folder) => {
  const text = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures/curious', name), 'utf8');
  insertAfter('Dockerfile', 'COPY . .\n', text('sources.dockerfile'))(folder);
  const dependencies = text('dependencies.dockerfile').replace('TIME', `${Date.now()}`);
  insertAfter('Dockerfile', 'COPY requirements.txt .\n', dependencies)(folder);
});
