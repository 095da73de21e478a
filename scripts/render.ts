import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { services as allServices } from '../apps/index.ts';
import type { Service } from '../apps/service.ts';
import { faultText, UserError } from '../lib/errors.ts';
import { compare, write } from '../lib/kube/render.ts';
import { initialReleases, renderTree } from '../main.ts';
import { assignedFaults } from '../overlays/assigned.ts';
import type { Site } from '../overlays/overlay.ts';
import { regions } from '../overlays/regions/index.ts';
import { aws } from '../overlays/sites/aws.ts';
import { isOfMonitoring, type LocalImages, local, localImageNames } from '../overlays/sites/local.ts';

const repository = dirname(import.meta.dirname);
/** Terraform, which infra/render.ts writes with packages of its own. */
const others = ['infra'];

const help = `usage: npm run render [-- --check]
       npm run render -- --site local --images FILE --out FOLDER

Renders the aws site into rendered/, which Argo CD reads and people review, and adds a waiting file to releases/ for a new
service. Writes files that differ, deletes files of an earlier render, and touches no others.

  --check       write nothing; exit status 1 and the names of the files if rendered/ is out of date, or has endpoints
                that nobody copied from AWS yet
  --site SITE   aws (default) or local, the embedded platform
  --images FILE JSON, local only: references by digest of ${localImageNames.join(', ')}
  --without X   local only: without sonarqube, stores or monitoring; may be given several times
  --out FOLDER  render into FOLDER/rendered and FOLDER/releases instead of this repository

exit status: 0 done, 1 a fault in a definition or a difference found by --check, 2 wrong arguments
`;

/** Wrong arguments. */
const usage = (faults: string | string[]) => new UserError(faults, 2);

/** `names`: without monitoring its images are not needed. */
function readImages(file: string, names: readonly string[]): LocalImages {
  let given: Record<string, unknown>;
  try {
    given = Object(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw usage(`--images: ${file} cannot be read as JSON: ${(error as Error).message}`);
  }
  const faults: string[] = [];
  for (const name of names) {
    const value = given[name];
    if (typeof value !== 'string' || !/^[^\s@]+@sha256:[0-9a-f]{64}$/.test(value))
      faults.push(
        `${name}: given ${JSON.stringify(value) ?? 'nothing'}, allowed a reference that ends in @sha256:<64 hex digits>`,
      );
  }
  for (const name of Object.keys(given))
    if (!(localImageNames as readonly string[]).includes(name))
      faults.push(`${name}: unknown, allowed are ${localImageNames.join(', ')}`);
  if (faults.length > 0) throw usage(faults.map((fault) => `--images: ${file}: ${fault}`));
  return given as LocalImages;
}

function readArguments(args: string[]): { site: Site; out: string; check: boolean } | 'help' {
  let values: { check?: boolean; site?: string; images?: string; out?: string; without?: string[]; help?: boolean };
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    ({ values } = parseArgs({
      args,
      options: {
        check: flag,
        site: text,
        images: text,
        out: text,
        without: { ...text, multiple: true },
        help: { ...flag, short: 'h' },
      },
    }));
  } catch (error) {
    throw usage(String((error as Error).message.split('. ')[0]));
  }
  if (values.help) return 'help';
  const { site = 'aws', images, out, without = [], check = false } = values;
  if (site !== 'aws' && site !== 'local') throw usage(`--site: given ${JSON.stringify(site)}, allowed aws and local`);
  const root = out === undefined ? repository : resolve(out);
  if (site === 'aws') {
    if (images !== undefined)
      throw usage('--images goes with --site local only: the images of aws are in overlays/images.ts');
    if (without.length > 0) throw usage('--without goes with --site local only');
    return { site: aws, out: root, check };
  }
  const unknown = without.filter((name) => !['sonarqube', 'stores', 'monitoring'].includes(name));
  if (unknown.length > 0)
    throw usage(`--without: given ${unknown.join(', ')}, allowed sonarqube, stores and monitoring`);
  if (images === undefined) throw usage('--site local needs --images FILE');
  // rendered/ of this repository belongs to the aws site.
  if (root === repository) throw usage('--site local needs --out FOLDER, outside of this repository');
  const has = Object.fromEntries(without.map((name) => [name, false]));
  const names = localImageNames.filter((name) => !without.includes('monitoring') || !isOfMonitoring(name));
  return { site: local(readImages(images, names), has), out: root, check };
}

const count = (files: string[], what: string) => `${files.length} ${what}`;

/** Runs the command and returns its exit status. */
export function run(args: string[], services: readonly Service[] = allServices): number {
  try {
    const given = readArguments(args);
    if (given === 'help') {
      process.stdout.write(help);
      return 0;
    }
    const uncopied = given.site === aws ? assignedFaults(regions).map(faultText) : [];
    const tree = renderTree(given.site, services);
    const missing = [...initialReleases(services)].filter(([path]) => !existsSync(join(given.out, path)));

    if (given.check) {
      const found = compare(given.out, 'rendered', tree, others);
      for (const fault of uncopied) console.error(fault);
      const lines = [
        ...found.changed.map((path) => `${path} differs from its sources`),
        ...[...found.missing, ...missing.map(([path]) => path)].map((path) => `${path} is missing`),
        ...found.stale.map((path) => `${path} no longer has a source`),
        ...found.foreign.map((path) => `${path} was not written by a render: move it elsewhere`),
      ];
      if (lines.length === 0) return uncopied.length === 0 ? 0 : 1;
      console.error(
        `${lines.join('\n')}\nrender: run npm run render and commit what it writes; never edit rendered/ by hand`,
      );
      return 1;
    }

    const { changed, missing: added, stale, foreign } = write(given.out, 'rendered', tree, others);
    for (const [path, text] of missing) {
      mkdirSync(dirname(join(given.out, path)), { recursive: true });
      writeFileSync(join(given.out, path), text);
    }
    for (const path of foreign) console.error(`render: ${path} was not written by a render: move it elsewhere`);
    const parts = [count(added, 'added'), count(changed, 'changed'), count(stale, 'deleted')];
    // Terraform needs no endpoint, and makes them: so the first render is written, and says what it lacks.
    for (const fault of uncopied) console.error(fault);
    console.log(`render: ${tree.size} files in ${join(given.out, 'rendered')}: ${parts.join(', ')}`);
    return 0;
  } catch (error) {
    if (error instanceof UserError) {
      const { message, exitStatus } = error;
      console.error(
        exitStatus === 2
          ? `render: ${message}; see npm run render -- --help`
          : `${message}\nrender: nothing was written`,
      );
      return exitStatus;
    }
    // For example a folder that is not writable; the system's message says which and why.
    if ((error as NodeJS.ErrnoException).syscall) {
      console.error(`render: ${(error as Error).message}`);
      return 1;
    }
    throw error;
  }
}

if ((import.meta as { main?: boolean }).main) process.exitCode = run(process.argv.slice(2));
