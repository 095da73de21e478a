import { writeFileSync } from 'node:fs';
import { predicateOf } from '../../lib/release/provenance.ts';
import { list, stepOf, text } from '../../lib/step.ts';
import type { imagePush } from './image-push.ts';

/** Writes the provenance of the image, for cosign to sign. */
await stepOf<typeof imagePush, 'provenance'>()({
  name: 'image-push',
  env: {
    SERVICE: text('the name of a service'),
    REPOSITORY: text('the URL of its repository'),
    COMMIT: text('a commit'),
    REF: text('a branch that has it, or none'),
    RUN: text('the name of a PipelineRun'),
    BASES: list('base images by digest, or none', /./),
    PREDICATE: text('the path of a file'),
  },
  run: ({ SERVICE: service, REPOSITORY: repository, COMMIT: commit, REF: ref, RUN: run, BASES: bases, PREDICATE }) => {
    const predicate = predicateOf({ service, repository, commit, ref, run, bases, finished: new Date() });
    writeFileSync(PREDICATE, JSON.stringify(predicate));
  },
});
