import { expect, test } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';
import { regions } from './local/paths.ts';
import { kubectl } from './local/region.ts';
import { overlays, renderTree } from './main.ts';
import { aws } from './overlays/sites/aws.ts';

/** Kinds whose operator the embedded platform does not run: nothing there knows their schema. */
const unknown = ['ExternalSecret', 'Kustomization'];

test.each(regions.map((region) => [region.name, region] as const))(
  'the API server of %s and the webhooks of Tekton accept all of the aws tree that lands there, and know every field of it',
  async (name, region) => {
    const folders = [name, ...overlays.filter(({ cluster }) => cluster === name).map((overlay) => overlay.name)];
    const objects = [...renderTree(aws)]
      .filter(([path]) => folders.includes(path.split('/')[1] as string))
      .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS()))
      .filter(({ kind }) => !unknown.includes(kind));
    expect(objects.length).toBeGreaterThan(20);
    const file = objects.map((object) => stringify(object)).join('---\n');
    const said = await kubectl(
      region,
      [
        'apply',
        '--server-side',
        '--force-conflicts',
        '--dry-run=server',
        '--validate=strict',
        '--field-manager=test',
        '-f',
        '-',
      ],
      file,
    );
    expect(said.trim().split('\n')).toHaveLength(objects.length);
  },
  120_000,
);
