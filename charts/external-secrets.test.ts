import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { loginRole } from '../overlays/names.ts';
import { seoul } from '../overlays/regions/seoul.ts';
import { registrySecrets } from '../overlays/secrets.ts';
import { aws } from '../overlays/sites/aws.ts';
import { awsTree as tree } from '../trees.testing.ts';

const object = (file: string) => parse(tree.get(`rendered/seoul/ci/${file}.yaml`) as string);

describe('logins to registries', () => {
  test.each(registrySecrets)('$name is a Docker configuration for the registries of $registries alone', (login) => {
    const { dataFrom, target } = object(`externalsecret-${login.name}`).spec;
    const made = target.template.data['config.json'].replace(
      /\{\{ printf "%s:%s" \.(\w+)_username \.(\w+)_password \| b64enc \}\}/g,
      (_: string, user: string, password: string) => `${user} ${password}`,
    );
    expect(JSON.parse(made)).toEqual({
      auths: Object.fromEntries(
        login.registries.map((region) => [aws.regions[region].registry, { auth: `${region} ${region}` }]),
      ),
    });
    expect(
      dataFrom.map(({ rewrite }: { rewrite: [{ regexp: { target: string } }] }) => rewrite[0].regexp.target),
    ).toEqual(login.registries.map((region) => `${region}_$1`));
  });

  test('each assumes a role of its own, in the region of its registry', () => {
    for (const { name, registries } of registrySecrets)
      for (const region of registries)
        expect(object(`ecrauthorizationtoken-${name}-${region}`).spec).toEqual({
          region: aws.secrets?.ecr.regions[region],
          role: loginRole(seoul, name),
        });
  });
});
