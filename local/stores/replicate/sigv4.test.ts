import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { pathOf, queryOf, signed } from './sigv4.ts';

/** The examples of AWS's page on authenticating requests by the Authorization header. */
const credentials = {
  user: 'AKIAIOSFODNN7EXAMPLE',
  password: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  awsRegion: 'us-east-1',
};
const now = new Date('2013-05-24T00:00:00Z');
const bucket = 'https://examplebucket.s3.amazonaws.com';
const hash = (text: string) => createHash('sha256').update(text).digest('hex');

test.each([
  [
    'GET',
    '/test.txt',
    { Range: 'bytes=0-9' },
    undefined,
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  ],
  [
    'PUT',
    `/${encodeURIComponent('test$file.text')}`,
    { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
    hash('Welcome to Amazon S3.'),
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  ],
  ['GET', '/?lifecycle=', {}, undefined, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'],
  ['GET', '/?max-keys=2&prefix=J', {}, undefined, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'],
])('%s %s has the signature that AWS gives', (method, path, headers: Record<string, string>, bodyHash, signature) => {
  const made = signed(method, new URL(`${bucket}${path}`), credentials, {
    ...{ headers, now },
    ...(bodyHash ? { bodyHash } : {}),
  });
  expect(made.authorization).toMatch(new RegExp(`Signature=${signature}$`));
});

test('paths and queries are encoded as AWS encodes them', () => {
  expect(pathOf('bucket', "a b/c+d'é(1)*.txt")).toBe('/bucket/a%20b/c%2Bd%27%C3%A9%281%29%2A.txt');
  expect(queryOf({ prefix: 'a b', 'list-type': '2' })).toBe('list-type=2&prefix=a%20b');
  // What fetch is given is what was signed.
  expect(new URL(`http://x${pathOf('b', "a'(1)*é")}`).pathname).toBe('/b/a%27%281%29%2A%C3%A9');
});
