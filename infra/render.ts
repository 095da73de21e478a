import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { faultText, UserError } from '../lib/errors.ts';
import { missingPackages, packagesCure } from './packages.ts';

const repository = dirname(import.meta.dirname);
const help = `usage: npm run render --prefix infra [-- --check]

Renders rendered/infra/<stack>/cdk.tf.json, which OpenTofu or Terraform applies and people review. Writes files that differ, and deletes those of
stacks that are gone.

  --check   write nothing; exit status 1 and the names of the files if rendered/infra/ is out of date

exit status: 0 done, 1 a fault in overlays/ or a difference found by --check, 2 wrong arguments
`;

type Tree = Map<string, string>;

/** Path → text. Throws a UserError with every fault of overlays/. */
async function renderTree(): Promise<Tree> {
  const missing = missingPackages();
  if (missing.length > 0)
    throw new UserError(faultText({ what: 'packages of infra', given: missing, allowed: 'all', cure: packagesCure }));
  const [{ ground, groundFaults }, { textOf }, { stacks }] = await Promise.all([
    import('./ground.ts'),
    import('./stack.ts'),
    import('./stacks/index.ts'),
  ]);
  const faults = groundFaults(ground);
  if (faults.length > 0) throw new UserError(faults);
  return new Map(stacks.map((stack) => [`rendered/infra/${stack.name}/cdk.tf.json`, textOf(stack, ground)]));
}

/** Files of rendered/infra/. What OpenTofu leaves beside them when somebody applies it there is not one of them. */
function present(): string[] {
  const top = join(repository, 'rendered/infra');
  if (!existsSync(top)) return [];
  return readdirSync(top).flatMap((stack) =>
    existsSync(join(top, stack, 'cdk.tf.json')) ? [`rendered/infra/${stack}/cdk.tf.json`] : [],
  );
}

async function run(args: readonly string[]): Promise<number> {
  const check = args.includes('--check');
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help);
    return 0;
  }
  const unknown = args.filter((argument) => argument !== '--check');
  try {
    if (unknown.length > 0) throw new UserError(`given ${unknown.join(' ')}, allowed --check`, 2);
    const tree = await renderTree();
    const differ = [...tree].filter(([path, text]) => {
      const file = join(repository, path);
      return !existsSync(file) || readFileSync(file, 'utf8') !== text;
    });
    const stale = present().filter((path) => !tree.has(path));
    if (check) {
      for (const [path] of differ) console.error(`${path} differs from its sources`);
      for (const path of stale) console.error(`${path} no longer has a source`);
      return differ.length + stale.length > 0 ? 1 : 0;
    }
    for (const [path, text] of differ) {
      mkdirSync(dirname(join(repository, path)), { recursive: true });
      writeFileSync(join(repository, path), text);
    }
    for (const path of stale) rmSync(dirname(join(repository, path)), { recursive: true });
    console.log(`render: ${tree.size} stacks in rendered/infra: ${differ.length} changed, ${stale.length} deleted`);
    return 0;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`${error.message}\nrender: nothing was written`);
    return error.exitStatus;
  }
}

process.exitCode = await run(process.argv.slice(2));
