import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { shell } from '../../lib/kube/tekton.ts';
import { temporaryFolder } from '../../lib/temporary-folder.testing.ts';

const read = (path: string) => shell(new URL(path, import.meta.url), 'step', 'crane');

const folder = temporaryFolder('source/repository', 'bin', 'registry', 'layers', 'work');

describe('the layer cache', () => {
  const script = (path: string, env: Record<string, string> = {}) => {
    // What is saved is a file here, named as the reference.
    writeFileSync(
      folder('bin/crane'),
      `#!/bin/sh
file=$FOLDER/registry/$(printf '%s' "$*" | grep -o '[0-9a-f]\\{64\\}' | head -n 1)
case $1 in
  export) cat "$file" ;;
  digest) if [ -e "$FOLDER/down" ]; then echo 'unexpected status code 500' >&2; exit 1; fi; test -e "$file" || { echo 'MANIFEST_UNKNOWN' >&2; exit 1; }; echo sha256:1 ;;
  append) cp "$4" "$file"; echo "$*" >>"$FOLDER/calls" ;;
esac
`,
    );
    chmodSync(folder('bin/crane'), 0o755);
    const { status, stdout, stderr } = spawnSync('sh', ['-c', read(path)], {
      encoding: 'utf8',
      env: {
        PATH: `${folder('bin')}:${process.env.PATH}`,
        FOLDER: folder(),
        SOURCE: folder('source'),
        LAYERS: folder('layers'),
        IMAGE: 'registry.example/booking',
        CACHE_KEY: key,
        INSECURE: 'false',
        RESULT_CACHE_KEY_PATH: folder('key'),
        RESULT_CACHE_PATH: folder('found'),
        ...env,
      },
    });
    return { status, output: stdout + stderr };
  };
  const key = 'a'.repeat(64);
  const restore = (of = key) => {
    writeFileSync(folder('key'), of);
    expect(script('../git-clone/restore-cache.sh').status).toBe(0);
    return readFileSync(folder('found'), 'utf8');
  };

  test('restores what was saved, and saves it once', () => {
    mkdirSync(folder('layers/layers:1'));
    writeFileSync(folder('layers/layers:1/index.json'), '{}');
    writeFileSync(folder('layers/complete'), '');
    // The pod's own folder for it, as the script names it.
    const save = () =>
      spawnSync('sh', ['-c', read('./cache-save.sh').replaceAll('/work/', `${folder()}/work/`)], {
        encoding: 'utf8',
        env: {
          PATH: `${folder('bin')}:${process.env.PATH}`,
          ...{
            FOLDER: folder(),
            LAYERS: folder('layers'),
            IMAGE: 'registry.example/booking',
            CACHE_KEY: key,
            INSECURE: 'false',
          },
        },
      });
    expect(restore()).toBe('miss');
    // A registry that fails is not one without them.
    writeFileSync(folder('down'), '');
    expect(save()).toMatchObject({ status: 1, stderr: expect.stringContaining('status code 500') });
    rmSync(folder('down'));
    expect(save().stdout).toContain(`saved registry.example/booking/dependencies:${key}`);
    expect(save().stdout).toContain('is saved already');
    expect(readFileSync(folder('calls'), 'utf8').trim().split('\n')).toHaveLength(1);
    expect(restore()).toBe('hit');
    expect(existsSync(folder('source/layers/layers:1/index.json'))).toBe(true);
  });

  test('nothing to cache is no miss, and a broken archive is one', () => {
    expect(restore('none')).toBe('none');
    writeFileSync(folder('registry', key), 'no archive');
    expect(restore()).toBe('miss');
    expect(existsSync(folder('source/layers'))).toBe(true);
  });

  test('saves nothing of a failed build, and refuses a strange name', () => {
    expect(script('./cache-save.sh')).toMatchObject({ status: 0, output: 'cache-save: not all layers were built\n' });
    expect(script('./cache-save.sh', { IMAGE: 'registry/$(touch x)' }).status).toBe(64);
  });
});
