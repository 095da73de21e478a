import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { binary, build } from '../local/engines/engines.ts';
import { nodeBinary } from '../local/topology.ts';
import { missingPackages } from './packages.ts';
import { ofType, placed, type Stacks } from './rules/stacks.ts';

const here = import.meta.dirname;

/** OpenTofu as engines/infra pins it, built once; TOFU_BIN names another one, or a Terraform from 1.11. */
export async function tofuBinary(): Promise<string> {
  const { TOFU_BIN: given } = process.env;
  if (given) return given;
  await build('tofu');
  return binary('tofu', 'tofu');
}

/** Installs the packages of infra/ where they are not there: a test without the schemas would prove nothing. */
export function installPackages(): void {
  if (missingPackages().length === 0) return;
  const options = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, stderr } = spawnSync('npm', ['install', ...options], { cwd: here, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm install in infra/: ${stderr}`);
}

export type Ran = { status: number; output: string };
export type Bench = {
  /** Runs the engine in a stack's folder. */
  tofu: (stack: string, ...args: string[]) => Ran;
  folder: (stack: string) => string;
  /** Another `cdk.tf.json` for a stack. */
  write: (stack: string, json: object) => void;
  /** The double as AWS is from now on. */
  restart: (env: Record<string, string>) => Promise<void>;
  stop: () => void;
};

/** A folder for each stack with its state beside it, and the double that answers for the provider. */
export async function bench(engine: string, stacks: Stacks): Promise<Bench> {
  const top = mkdtempSync(join(tmpdir(), 'tofu-'));
  const reattach = join(top, 'reattach.json');
  const types = [...new Set(placed(stacks).map(({ block, type }) => `${block} ${type}`))].join(',');
  let stopDouble = () => {};
  const start = async (env: Record<string, string>) => {
    stopDouble();
    rmSync(reattach, { force: true });
    const double = spawn(
      nodeBinary,
      [join(here, 'double/provider.ts'), join(top, `${Object.keys(env).length}.sock`), reattach, types],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    stopDouble = () => double.kill();
    await new Promise<void>((resolve, reject) => {
      double.once('exit', (status) => reject(new Error(`the double ended with ${status}`)));
      double.stdout.once('data', () => resolve());
    });
  };
  await start({});
  // As in the repository: a stack finds the code of functions by the way from its folder.
  const folder = (stack: string) => join(top, 'rendered/infra', stack);
  const write = (stack: string, json: object) => {
    mkdirSync(folder(stack), { recursive: true });
    writeFileSync(join(folder(stack), 'cdk.tf.json'), JSON.stringify(json, null, 2));
    // The real one is a bucket.
    const local = { terraform: { backend: { local: { path: 'terraform.tfstate' } } } };
    writeFileSync(join(folder(stack), 'backend_override.tf.json'), JSON.stringify(local));
  };
  for (const [stack, json] of Object.entries(stacks)) write(stack, json);
  for (const { stack, args } of ofType(placed(stacks), 'aws_lambda_function')) {
    const file = join(folder(stack), args.filename);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'an archive');
  }
  return {
    folder,
    write,
    restart: start,
    tofu: (stack, ...args) => {
      const { status, stdout, stderr } = spawnSync(engine, [...args, '-no-color'], {
        cwd: folder(stack),
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        env: {
          ...process.env,
          TF_REATTACH_PROVIDERS: readFileSync(reattach, 'utf8'),
          TF_CLI_CONFIG_FILE: '/dev/null',
          TF_IN_AUTOMATION: 'true',
          CHECKPOINT_DISABLE: 'true',
        },
      });
      return { status: status ?? -1, output: stdout + stderr };
    },
    stop: () => {
      stopDouble();
      rmSync(top, { recursive: true, force: true });
    },
  };
}

/** `cdk.tf.json` of a stack that is not committed, or on other ground than that of overlays/: both are expressions. */
export function rendered(stack: string, ground = 'ground'): object {
  const program = `
    import { someDr } from './dr.testing.ts';
    import { ground } from './ground.ts';
    import { textOf } from './stack.ts';
    import { data } from './stacks/data.ts';
    import { drControl } from './stacks/dr-control.ts';
    void [data, drControl, someDr];
    console.log(textOf(${stack}, ${ground}));`;
  return JSON.parse(evaluated(program));
}

/** What a program that runs in infra/, with its packages, writes. */
export function evaluated(program: string): string {
  const { stdout, stderr, status } = spawnSync(nodeBinary, ['--input-type=module-typescript', '-e', program], {
    cwd: here,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}
