/** The services answer what the document of the public API says, and all that it says. */
import { beforeAll, expect, test } from '@jest/globals';
import { behindEntrance } from '../local/entrance/behind.ts';
import { hostOf, seoul } from '../local/topology.ts';
import { type Ask, walk } from './api.ts';
import { bringUp, upMs } from './platform.ts';

beforeAll(bringUp, upMs);

/** As the gateway sends it on, with the header that says whose token it was. */
const ask: Ask = (service, sent) => behindEntrance(seoul, hostOf(service, 'dev'), sent);

test('every route of the document is answered as it says, with each status but those of faults, and to its holder alone', async () => {
  expect(await walk(ask)).toEqual([]);
}, 240_000);
