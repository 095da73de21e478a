import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const root = new URL('..', import.meta.url);
const folders = ['alerts', 'apps', 'charts', 'dr', 'jobs', 'lib', 'notifier', 'overlays', 'pipelines', 'tasks'];
const sources = folders.flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|sh)$/.test(file) && !/\.(?:test|fake)\.ts$|testing/.test(file))
    .map((file) => `${folder}/${file}`),
);
const spelling = (name: RegExp) => sources.filter((file) => name.test(readFileSync(new URL(file, root), 'utf8')));

test('names of AWS are spelled in names.ts alone, and accounts and places in the files of the regions', () => {
  expect(sources.length).toBeGreaterThan(100);
  const names = /\barn:aws|\.dkr\.ecr\.|\balias\/|\beks-cluster|\bdr-eks|-nodegroup\b|\breserve-db|\bamazonaws\.com/;
  expect(spelling(names)).toEqual(['overlays/names.ts']);
  expect(spelling(/'\d{12}'|'[a-z]{2}-[a-z]+east-\d'/).sort()).toEqual([
    'overlays/regions/seoul.ts',
    'overlays/regions/tokyo.ts',
  ]);
});

test('stacks and constructs of Terraform spell no name of AWS, no account and no region', () => {
  const folders = ['infra/constructs', 'infra/stacks'];
  const files = folders.flatMap((folder) => readdirSync(new URL(folder, root)).map((file) => `${folder}/${file}`));
  expect(files.length).toBeGreaterThan(20);
  const names = /\barn:aws|\.dkr\.ecr\.|'alias\/\w|\bamazonaws\.com|\breserve-db|'\d{12}'|'[a-z]{2}-[a-z]+-\d'/;
  expect(files.filter((file) => names.test(readFileSync(new URL(file, root), 'utf8')))).toEqual([]);
});
