import { writeFileSync } from 'node:fs';
import { predicateOf } from '../../lib/release/provenance.ts';

/** The step `provenance` of the image-push Task: writes down where the image comes from, for cosign to sign. */
const given = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`provenance: environment variables: ${name}: nothing was given`);
  return value;
};

writeFileSync(
  given('PREDICATE'),
  JSON.stringify(
    predicateOf({
      ...{ service: given('SERVICE'), repository: given('REPOSITORY'), commit: given('COMMIT'), run: given('RUN') },
      bases: given('BASES').split(' '),
      finished: new Date(),
    }),
  ),
);
