import { AwsProvider } from '@cdktn/provider-aws/lib/provider/index.js';
import { App, LocalBackend, S3Backend, TerraformLocal, TerraformOutput, TerraformStack } from 'cdktn';
import { boundaryPolicy, policyArn, stateBucket } from '../overlays/names.ts';
import type { Region, RegionName } from '../overlays/overlay.ts';
import type { Ground } from './ground.ts';
import { type Policy, policy, type Statement } from './policy.ts';

/** Where an API is called: in a region, in the one that controls Global Accelerator, where the witness is, or in CloudFront's own. */
export type Place = RegionName | 'accelerator' | 'witness' | 'global';
/** A place with its region of AWS. */
export type At = { name: Place; aws: Region['aws'] };

/** A stack, as plain data: what it is called, where its state is, and what it makes. */
export type Stack = {
  name: string;
  /** Its state outlives the other region. Undefined: on the machine of who applies it, because it makes the buckets. */
  state: RegionName | undefined;
  /** Where it has anything. */
  places: readonly Place[];
  build: (scope: Scope, ground: Ground) => void;
};

/** What a stack builds in. */
export type Scope = {
  stack: TerraformStack;
  provider: (place: Place) => AwsProvider;
  /** A value that people read line by line; returns the expression that is its JSON. */
  json: (id: string, value: unknown) => string;
  policy: (id: string, statements: readonly Statement[]) => string;
  output: (id: string, value: string, description: string) => void;
  /** ARN of the permissions boundary of every role. */
  boundary: string;
};

/** Neither Terraform's own name of something nor anything else but letters, digits and `-`. */
export const idOf = (name: string): string => name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '');

/** Ephemeral values, write-only arguments, and locks of state in S3 itself. */
const engines = { terraform: '>=1.11.0', opentofu: '>=1.11.0' };

function scopeOf({ name, state, places }: Stack, { regions, acceleratorRegion, witness, global }: Ground): Scope {
  const stack = new TerraformStack(new App({ outdir: '/nowhere', context: { targetVersions: engines } }), name);
  const home = regions.tokyo;
  if (state) {
    const { aws } = regions[state];
    new S3Backend(stack, {
      bucket: stateBucket(regions[state]),
      key: `${name}.tfstate`,
      region: aws.region,
      encrypt: true,
      useLockfile: true,
      // A wrong profile must not find another account's state.
      allowedAccountIds: [aws.account],
    });
  } else new LocalBackend(stack, { path: 'terraform.tfstate' });
  const providers = new Map(
    places.map((place) => {
      const elsewhere = {
        accelerator: { region: acceleratorRegion, account: home.aws.account },
        witness: witness.aws,
        global: global.aws,
      };
      const { region, account } = place === 'seoul' || place === 'tokyo' ? regions[place].aws : elsewhere[place];
      const provider = new AwsProvider(stack, `aws-${place}`, {
        alias: place,
        region,
        allowedAccountIds: [account],
        defaultTags: [{ tags: { 'tickets.example/stack': name } }],
      });
      return [place, provider];
    }),
  );
  const json = (id: string, value: unknown): string => {
    new TerraformLocal(stack, id, value);
    return `\${jsonencode(local.${id})}`;
  };
  return {
    stack,
    provider: (place) => {
      const provider = providers.get(place);
      if (!provider) throw new Error(`${name}: has nothing in ${place}; add it to its places`);
      return provider;
    },
    json,
    policy: (id, statements) => json(`policy-${id}`, policy(statements) satisfies Policy),
    output: (id, value, description) => new TerraformOutput(stack, id, { value, description }),
    boundary: policyArn(home, boundaryPolicy),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Sorted keys, and none of the generator's own notes, which name versions and paths of the machine. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '//')
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, plain(inner)]),
  );
}

export const header = (source: string): string => `generated from ${source} by npm run render --prefix infra`;

/** The text of `cdk.tf.json`. The same input gives the same bytes. */
export function textOf(stack: Stack, ground: Ground): string {
  const scope = scopeOf(stack, ground);
  stack.build(scope, ground);
  scope.stack.prepareStack();
  const faults = scope.stack.node.findAll().flatMap((construct) => construct.node.validate());
  if (faults.length > 0) throw new Error(`${stack.name}: ${faults.join('; ')}`);
  const made = plain(scope.stack.toTerraform()) as Record<string, unknown>;
  const terraform = made.terraform as Record<string, unknown>;
  terraform.required_version = engines.opentofu;
  return `${JSON.stringify({ '//': header(`infra/stacks/${stack.name}.ts`), ...made }, null, 2)}\n`;
}
