import { posix } from 'node:path';
import { type Instruction, wordsOf } from '../../lib/dockerfile.ts';
import { shown } from '../../lib/text.ts';

/** What Kaniko takes of each instruction. It reads every other flag, warns at most, and builds as if the flag were not there. */
const flagsOf: Record<string, readonly string[]> = {
  FROM: ['platform'],
  COPY: ['from', 'chown', 'chmod', 'link'],
  ADD: ['chown', 'chmod', 'link'],
  HEALTHCHECK: ['interval', 'timeout', 'start-period', 'retries'],
};
/** Nodes of builds have one platform. */
const platforms = /^(linux\/amd64|\$(BUILD|TARGET)PLATFORM|\$\{(BUILD|TARGET)PLATFORM\})$/;
const cures: Record<string, string> = {
  cache: 'leave it out: the platform caches the layers of dependencies',
  bind: 'COPY what it needs',
  secret: 'a build has no secret: fetch what needs one before, or publish it without',
  ssh: 'a build has no key: fetch what needs one before, or publish it without',
  tmpfs: 'remove the files in the same RUN',
};

/**
 * What Kaniko leaves out of every image: mounts of its pod, and its own. Tekton mounts /workspace and /tekton, Kubernetes the files in
 * /etc, and the tasks that build the other folders.
 */
const foreign = [
  ...['/build-context', '/layer-cache', '/built-image', '/layers'],
  ...['/workspace', '/tekton', '/kaniko', '/proc', '/sys', '/dev', '/tmp/apt-key-gpghome'],
  ...['/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/etc/mtab'],
];
const takenBy = (path: string) => foreign.find((folder) => path === folder || path.startsWith(`${folder}/`));

/** What Kaniko would build otherwise than Docker, without a word. Each fault names its line. */
export function builtOtherwise(instructions: readonly Instruction[]): string[] {
  const faults: string[] = [];
  // By stage. Undefined is a folder that only the build knows: that of a base image, or one with a variable.
  const folders = new Map<string, string | undefined>();
  const users = new Map<string, string | undefined>();
  let [stage, workdir, user]: [string, string | undefined, string | undefined] = ['', undefined, undefined];
  for (const { line, name, flags, rest } of instructions) {
    const fault = (what: string) => faults.push(`line ${line}: ${what}`);
    for (const flag of flags) {
      const [, key = '', value = ''] = /^--([^=]*)=?([\s\S]*)$/.exec(flag) ?? [];
      if (name === 'RUN' && key === 'mount') {
        const type = /(?:^|,)type=([a-z]+)/.exec(value)?.[1] ?? 'bind';
        fault(`RUN --mount=type=${type}: Kaniko builds without it; ${cures[type] ?? 'leave it out'}`);
      } else if (!flagsOf[name]?.includes(key))
        fault(`${name} --${key}: Kaniko builds without it; allowed are ${flagsOf[name]?.join(', ') ?? 'no flags'}`);
      if (key === 'platform' && !platforms.test(value))
        fault(`FROM --platform: given ${shown(value)}, allowed linux/amd64; Kaniko builds for its own`);
    }
    const words = wordsOf(rest);
    if (name === 'USER') user = rest;
    const [own, group] = (user ?? '').split(':');
    if (name === 'RUN' && group !== undefined && group !== own)
      fault(`RUN as USER ${shown(user)}: Kaniko runs it in the group of the user; RUN what needs another one as root`);
    if (name === 'FROM') {
      const [image = '', , next = ''] = words;
      folders.set(stage, workdir);
      users.set(stage, user);
      user = users.get(image.toLowerCase());
      [stage, workdir] = [next.toLowerCase(), image === 'scratch' ? '/' : folders.get(image.toLowerCase())];
    }
    const path = name === 'WORKDIR' ? rest : /^(COPY|ADD)$/.test(name) ? words.at(-1) : undefined;
    if (path !== undefined) {
      const target = resolved(workdir, path);
      const folder = target === undefined ? undefined : takenBy(target);
      if (folder)
        fault(`${name} ${shown(target)}: ${folder} is a mount of the build, and not in the image; use another folder`);
      if (name === 'WORKDIR') workdir = target;
    }
    if (name === 'ADD')
      for (const source of words.slice(0, -1))
        if (/^(git@|git:|ssh:)/i.test(source) || /^https?:.*\.git$/i.test(source.split('#')[0] ?? ''))
          fault(`ADD ${shown(source)}: Kaniko clones no repository; add it to this one, or clone it in a RUN`);
  }
  return faults;
}

function resolved(workdir: string | undefined, path: string): string | undefined {
  if (path.includes('$')) return undefined;
  const plain = path.replace(/["'\\]/g, '');
  if (workdir === undefined && !plain.startsWith('/')) return undefined;
  return posix.resolve(workdir ?? '/', plain);
}
