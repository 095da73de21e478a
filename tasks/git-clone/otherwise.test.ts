import { expect, test } from '@jest/globals';
import { readDockerfile } from '../../lib/dockerfile.ts';
import type { Images } from '../../lib/images.ts';
import { toolImages } from '../../overlays/images.ts';
import { dependencyBuild } from '../dependency-build/dependency-build.ts';
import { kanikoBuild } from '../kaniko-build/kaniko-build.ts';
import { accepted } from './dockerfiles.testing.ts';
import { builtOtherwise } from './otherwise.ts';

const images = toolImages as unknown as Images;
const faultsOf = (dockerfile: string) => builtOtherwise(readDockerfile(Buffer.from(dockerfile)).instructions);

test.each([
  [
    'a cache',
    'RUN --mount=type=cache,target=/root/.m2 mvn package',
    'RUN --mount=type=cache: Kaniko builds without it; leave it out',
  ],
  [
    'a mount of another image',
    'RUN --mount=from=alpine,target=/x true',
    'RUN --mount=type=bind: Kaniko builds without it; COPY what it needs',
  ],
  [
    'a secret',
    'RUN --mount=type=secret,id=token cat /run/secrets/token',
    'RUN --mount=type=secret: Kaniko builds without it; a build has no secret',
  ],
  [
    'an agent',
    'RUN --mount=type=ssh git clone x',
    'RUN --mount=type=ssh: Kaniko builds without it; a build has no key',
  ],
  [
    'a file system in memory',
    'RUN --mount=type=tmpfs,target=/tmp x',
    'RUN --mount=type=tmpfs: Kaniko builds without it; remove',
  ],
  [
    'a mount of a kind to come',
    'RUN --mount=type=volume,target=/tmp x',
    'RUN --mount=type=volume: Kaniko builds without it',
  ],
  ['no network', 'RUN --network=none make', 'RUN --network: Kaniko builds without it; allowed are no flags'],
  [
    'what not to copy',
    'COPY --exclude=*.key . /app',
    'COPY --exclude: Kaniko builds without it; allowed are from, chown, chmod, link',
  ],
  ['parents', 'COPY --parents a/b /app/', 'COPY --parents: Kaniko builds without it'],
  ['a checksum', 'ADD --checksum=sha256:00 https://x.example/a /a', 'ADD --checksum: Kaniko builds without it'],
  ['a flag that there is not', 'WORKDIR --x /app', 'WORKDIR --x: Kaniko builds without it; allowed are no flags'],
  [
    'a repository',
    'ADD https://github.com/o/r.git#v1 /r',
    'ADD "https://github.com/o/r.git#v1": Kaniko clones no repository',
  ],
  ['a repository by ssh', 'ADD git@github.com:o/r /r', 'ADD "git@github.com:o/r": Kaniko clones no repository'],
  [
    "a folder of Tekton's",
    'WORKDIR /workspace',
    'WORKDIR "/workspace": /workspace is a mount of the build, and not in the image; use',
  ],
  ['one in it', 'WORKDIR /a/../workspace/app', 'WORKDIR "/workspace/app": /workspace is a mount'],
  ['one in quotes', 'WORKDIR "/workspace"', 'WORKDIR "/workspace": /workspace is a mount'],
  ['a copy into one', 'COPY a /workspace/', 'COPY "/workspace": /workspace is a mount'],
  ['a copy in the JSON form', 'COPY ["a b", "/tekton/x"]', 'COPY "/tekton/x": /tekton is a mount'],
  ["a folder of Kaniko's", 'ADD a.tar.gz /kaniko', 'ADD "/kaniko": /kaniko is a mount'],
  ['a file that Kubernetes mounts', 'COPY hosts /etc/hosts', 'COPY "/etc/hosts": /etc/hosts is a mount'],
])('what Kaniko would build otherwise is refused by line: %s', (_, line, fault) => {
  expect(faultsOf(`FROM scratch\n${line}`)).toEqual([expect.stringContaining(`line 2: ${fault}`)]);
});

test('a RUN in another group than that of its user is refused, also in a stage of that stage', () => {
  const dockerfile = `FROM x AS a
USER app:app
RUN make
USER 1000:0
COPY a b
FROM a AS b
RUN make
USER root
RUN make
FROM y
RUN make
USER 65532:65532
RUN make
USER app:root
`;
  expect(faultsOf(dockerfile)).toEqual([
    'line 7: RUN as USER "1000:0": Kaniko runs it in the group of the user; RUN what needs another one as root',
  ]);
});

test('a relative folder is one of the stage, and of what it was built from', () => {
  const dockerfile = `FROM x AS a
WORKDIR app
COPY b workspace/
WORKDIR /
WORKDIR workspace
COPY . .
FROM A
COPY c c
FROM scratch
COPY d workspace
`;
  expect(faultsOf(dockerfile).map((fault) => fault.split(':')[0])).toEqual(['line 5', 'line 6', 'line 8', 'line 10']);
});

test('every folder that a task which builds has mounted is one of them', () => {
  const registry = { host: 'registry.example', insecure: false };
  for (const { workspaces } of [kanikoBuild(images, registry), dependencyBuild(images, registry)])
    for (const name of Object.keys(workspaces)) {
      const path = `/${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      expect(faultsOf(`FROM scratch\nWORKDIR ${path}`)).toEqual([expect.stringContaining(`${path} is a mount`)]);
    }
});

test('another platform than that of the nodes is refused', () => {
  expect(faultsOf('FROM --platform=linux/arm64 x')).toEqual([
    'line 1: FROM --platform: given "linux/arm64", allowed linux/amd64; Kaniko builds for its own',
  ]);
  expect(faultsOf(`FROM --platform=linux/amd64 x\nFROM --platform=\${TARGETPLATFORM} x`)).toEqual([]);
});

test.each([
  ...accepted,
  'FROM x\nCOPY workspace /app\nCOPY . /workspaces\nWORKDIR $APP',
  'FROM x\nADD https://x.example/a.tar.gz /a',
])('what it builds as Docker does passes: %#', (dockerfile) => {
  expect(faultsOf(dockerfile)).toEqual([]);
});
