import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { routes } from '../../entrance/routes/index.ts';
import type { Pool } from '../../entrance/tokens.ts';
import { type Gateway, gatewayConfig, gatewayFiles, nameOf, patternOf } from './gateway.ts';
import { trusted, whyNot } from './keys/keys.ts';
import { apis } from './settings.ts';
import { accounts, subjectOf } from './sign-in/accounts.ts';
import { page } from './sign-in/page.ts';

const folder = mkdtempSync(join(tmpdir(), 'entrance-unit-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the gateway', () => {
  const gateway: Gateway = { listen: '127.0.0.1:1', apis, keys: [], keyFile: '/keys', folder: '/f' };

  test('has each route of the document under a name of its own, and without keys lets nobody in', () => {
    const config = gatewayConfig(gateway);
    for (const route of routes)
      expect(config).toContain(
        `str(${nameOf(route)}) if { method ${route.method} } { path -m reg '${patternOf(route)}' }`,
      );
    expect(new Set(routes.map(nameOf)).size).toBe(routes.length);
    expect(config).not.toContain('jwt_verify');
    expect(config).toContain('if !open !{ var(txn.signed) -m int 1 }');
  });

  test('refuses settings that would end a word of its language', () => {
    const key = { pool: 'staff' as const, issuer: 'http://i', file: '/k.pem', kid: "x' } { always_true" };
    expect(() => gatewayConfig({ ...gateway, keys: [key] })).toThrow(/allowed text without quotes/);
  });

  test('says in whole answers what it cannot ask a service', () => {
    const { '503.http': away = '' } = gatewayFiles();
    const [head = '', body = ''] = away.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 504 /);
    expect(head).toContain(`Content-Length: ${body.length}\r\n`);
  });

  test('has the environments that another one answers for behind the accelerator, and the others at their region', () => {
    expect(apis.map(({ name, host, server }) => [name, host, server])).toEqual([
      ['dev', 'tickets.dev.localhost', '10.89.0.2:8080'],
      ['prod', 'tickets.localhost', '127.0.0.1:8082'],
      ['dr', 'tickets.dr.localhost', '10.89.0.3:8080'],
    ]);
  });
});

describe('keys of a pool', () => {
  const n = Buffer.alloc(256, 7).toString('base64url');
  const good = { kty: 'RSA', alg: 'RS256', use: 'sig', kid: 'k-1', n, e: 'AQAB' };
  test.each([
    ['a secret', { kty: 'oct', kid: 'k', k: 'c2VjcmV0' }],
    ['another algorithm', { ...good, alg: 'HS256' }],
    ['a key to encrypt', { ...good, use: 'enc' }],
    ['a short one', { ...good, n: Buffer.alloc(128, 7).toString('base64url') }],
    ['no id', { ...good, kid: undefined }],
    ['an id with a quote', { ...good, kid: "k' }" }],
    ['an id with a line', { ...good, kid: 'k\nacl' }],
    ['an id that is no text', { ...good, kid: { toString: 'k' } }],
    ['nothing', {}],
  ])('%s is not taken', (_, jwk) => {
    expect(whyNot(jwk)).toBeDefined();
  });

  test('are kept for an hour after they were last seen', () => {
    const issuers: Record<Pool, string> = { customers: 'http://c', staff: 'http://s' };
    const known = { customers: { at: 0, keys: [good, { kty: 'oct' }] } };
    const at = (minutes: number) => trusted(known, issuers, '/f', minutes * 60_000);
    expect(at(60).map(({ key }) => [key.pool, key.issuer, key.kid])).toEqual([['customers', 'http://c', 'k-1']]);
    expect(at(61)).toEqual([]);
  });
});

describe('people', () => {
  test('sign up by signing in, and are known by their password afterwards, in the next process too', () => {
    const file = join(folder, 'customers.json');
    const first = accounts(file, true);
    expect(first.signIn('kim@tickets.example', 'short')).toMatch(/^password/);
    expect(first.signIn('kim@tickets.example', 'long enough')).toBeUndefined();
    const next = accounts(file, true);
    expect(next.signIn('kim@tickets.example', 'long enough')).toBeUndefined();
    expect(next.signIn('kim@tickets.example', 'another one')).toMatch(/not known/);
    for (const name of ['__proto__', 'constructor', '', 'a b', '<script>']) {
      const output = next.signIn(name, 'long enough');
      expect([name, output === undefined]).toEqual([name, ['__proto__', 'constructor'].includes(name)]);
    }
    expect(accounts(join(folder, 'staff.json'), false).signIn('kim', 'long enough')).toMatch(/not known/);
  });

  test('have the same subject at every sign-in, and another one in another pool', () => {
    const of = (pool: Pool, name: string) => subjectOf('key', pool, name);
    expect(of('customers', 'kim')).toBe(of('customers', 'kim'));
    expect(of('customers', 'kim')).not.toBe(of('staff', 'kim'));
    expect(of('customers', 'kim')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('see no markup of somebody else', () => {
    expect(page('customers', '<script>alert(1)</script>')).not.toContain('<script>');
  });
});
