import { expect, test } from '@jest/globals';
import { parseAllDocuments, stringify } from 'yaml';
import { seoul } from './local/paths.ts';
import { kubectl } from './local/region.ts';
import { renderTree } from './main.ts';
import { aws } from './overlays/sites/aws.ts';

/** Kinds whose operator the embedded platform does not run: nothing there knows their schema. */
const unknown = ['ExternalSecret', 'Kustomization'];

test('the API server and the webhooks of Tekton accept the whole aws tree, and know every field of it', async () => {
  const objects = [...renderTree(aws).values()]
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()))
    .filter(({ kind }) => !unknown.includes(kind));
  const file = objects.map((object) => stringify(object)).join('---\n');
  const said = await kubectl(
    seoul,
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
}, 120_000);
