import { writeFileSync } from 'node:fs';
import { exitStatusOf, faultText } from '../../lib/errors.ts';
import { exitStatus } from '../../lib/release/exit-status.ts';
import { type ForgeAddress, forgeFaults, openForge } from '../../lib/release/forge.ts';
import { checkProvenance } from '../../lib/release/provenance.ts';
import { stepAccess } from '../../lib/release/registry.ts';
import { changeFaults, defaultLimits, writeRelease } from '../../lib/release/release-writer.ts';
import { oneLine } from '../../lib/text.ts';

/** What the release Task runs: everything comes by environment variables, the results go to the files that Tekton names. */
const env = process.env;
const given = (name: string): string => env[name] ?? '';
const fail = (status: number, message: string): void => {
  console.error(`release: ${message}`);
  // Tekton keeps 4 KiB of results together, in bytes.
  if (env.RESULT_REASON_PATH) writeFileSync(env.RESULT_REASON_PATH, oneLine(message, 600));
  process.exitCode = status;
};

const address = {
  kind: given('FORGE_KIND'),
  api: given('FORGE_API'),
  owner: given('FORGE_OWNER'),
  // A token that was put into its Secret from a file often ends with a newline.
  token: given('FORGE_TOKEN').trim(),
};
const change = {
  platform: given('PLATFORM_REPOSITORY'),
  environment: given('ENVIRONMENT'),
  run: given('RUN'),
  release: {
    service: given('SERVICE'),
    digest: given('DIGEST'),
    commit: given('COMMIT'),
    subject: given('SUBJECT'),
    author: given('AUTHOR'),
    run: given('RUN'),
  },
  // The repository of a service has its name.
  onlyNewerIn: given('SERVICE'),
};
const results = { outcome: given('RESULT_OUTCOME_PATH'), commit: given('RESULT_RELEASE_COMMIT_PATH') };

const image = given('IMAGE');

const required = {
  SIGNING_PUBLIC_KEY: 'a public key (PEM)',
  RESULT_OUTCOME_PATH: 'the path of a file',
  RESULT_RELEASE_COMMIT_PATH: 'the path of a file',
};
const faults = [
  ...forgeFaults(address),
  ...changeFaults(change),
  ...(image.includes('/') ? [] : [faultText({ what: 'IMAGE', given: image, allowed: '<registry>/<repository>' })]),
  ...Object.entries(required)
    .filter(([what]) => !given(what))
    .map(([what, allowed]) => faultText({ what, given: undefined, allowed })),
];

if (faults.length > 0) fail(exitStatus.input, `environment variables: ${faults.join('; ')}`);
else
  try {
    const limits = { ...defaultLimits };
    // Some time over for the last look at what became of a write without a reply.
    const signal = AbortSignal.timeout(limits.totalMs + 15_000);
    const forge = openForge(address as ForgeAddress, { signal });
    // Whoever can push to the registry, or could change the digest on its way here, cannot sign.
    await checkProvenance(
      image,
      change.release.digest,
      change.release,
      given('SIGNING_PUBLIC_KEY'),
      stepAccess(image, env),
    );
    const { outcome, commit } = await writeRelease(forge, change, limits, (line) => console.log(line));
    writeFileSync(results.outcome, outcome);
    writeFileSync(results.commit, commit);
    const { service, commit: source, digest } = change.release;
    const what = `${service} ${source.slice(0, 12)} (${digest}) in ${change.environment}`;
    const words = {
      released: `released ${what} by commit ${commit}`,
      superseded: `superseded: ${what} is not newer than the release of commit ${commit}; nothing written`,
      unchanged: `unchanged: ${what} is there already by commit ${commit}; nothing written`,
    };
    console.log(words[outcome]);
  } catch (error) {
    fail(exitStatusOf(error), oneLine((error as Error).message, 2_000).replaceAll(address.token, '***'));
  }
