/**
 * The stories that the real engines tell: a story is a file `<name>.e2e.test.ts` that asks the platform for all that it needs, runs alone and again, and
 * shares no state with another. `sources` are what makes it worth running again: files, and folders with a slash at the end.
 */
export type Story = {
  name: string;
  /** What it proves, in a line. */
  about: string;
  sources: readonly string[];
  /** Its test files, if they are others than that of its name. */
  match?: string;
};

/** What everything stands on: CI runs it always. */
export const core = 'loop';

export const stories: readonly Story[] = [
  {
    name: 'loop',
    about: 'a push of each service is tested, built, scanned, signed, released, served and reported',
    sources: ['pipelines/', 'tasks/', 'services/', 'engines/'],
  },
  {
    name: 'engines',
    about:
      'parts of the platform against the one real engine that each needs: forge, registry, cosign, kustomize, Triggers, API server',
    sources: ['lib/', 'tasks/image-push/', 'pipelines/deliver/', 'engines/', 'rendered/'],
    match: '**/*.engine.test.ts',
  },
];
