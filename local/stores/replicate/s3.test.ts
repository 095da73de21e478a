import { expect, test } from '@jest/globals';
import { listed, missing, type Stored } from './s3.ts';

const object = (key: string, etag: string, more: Partial<Stored> = {}): Stored => ({
  key,
  etag,
  size: 1,
  modified: 5,
  ...more,
});

test('what the copy lacks, or has otherwise, is copied; what only the copy has stays', () => {
  const source = [object('same', 'a'), object('new', 'b'), object('other', 'c')];
  const copy = [object('same', 'a', { modified: 9 }), object('other', 'z', { modified: 9 }), object('more', 'm')];
  expect(missing(source, copy).map(({ key }) => key)).toEqual(['new', 'other']);
});

test('an object that was uploaded in parts is copied once, and again when it was written anew', () => {
  const source = [object('parts', 'a-2')];
  expect(missing(source, [object('parts', 'b', { modified: 6 })])).toEqual([]);
  expect(missing(source, [object('parts', 'b', { modified: 4 })])).toEqual(source);
  expect(missing(source, [object('parts', 'b', { modified: 6, size: 2 })])).toEqual(source);
});

test('a list gives keys as they are, and where the next page begins', () => {
  const contents = `<Contents><Key>a%20b%2Bc/%C3%A9&amp;</Key><LastModified>2026-11-29T12:00:00.000Z</LastModified><ETag>&#34;abc&#34;</ETag><Size>12</Size></Contents>`;
  expect(
    listed(
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>${contents}<NextContinuationToken>n</NextContinuationToken></ListBucketResult>`,
    ),
  ).toEqual({
    objects: [{ key: 'a b+c/é&', etag: 'abc', size: 12, modified: Date.parse('2026-11-29T12:00:00Z') }],
    next: 'n',
  });
  // An engine may leave them as they are, whatever it is asked.
  const plain = contents.replace(/<Key>[^<]*/, '<Key>a b+c/é%&amp;');
  expect(listed(`<EncodingType></EncodingType>${plain}`).objects[0]?.key).toBe('a b+c/é%&');
  expect(listed('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>')).toEqual({ objects: [] });
});
