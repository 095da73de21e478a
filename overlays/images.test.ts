import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { BaseImage } from '../lib/images.ts';
import { baseImages } from './images.ts';

test.each(readdirSync('services'))(
  '%s is built from the images of the platform, by digest, also without it',
  (service) => {
    const given = [...readFileSync(`services/${service}/Dockerfile`, 'utf8').matchAll(/^ARG (\w+_IMAGE)=(.*)$/gm)];
    expect(given.length).toBeGreaterThan(0);
    for (const [, name, image] of given) {
      expect({ name, image }).toEqual({ name, image: baseImages[name as BaseImage] });
      expect(image).toMatch(/@sha256:[0-9a-f]{64}$/);
    }
  },
);
