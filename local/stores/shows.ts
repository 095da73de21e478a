/** Shows that tests, drills and failbacks put on sale, straight in the table of booking, which has no way for the public to do so. */
import type { Region } from '../topology.ts';
import { listensOf } from './listens.ts';
import { dynamodb, type Item } from './replicate/dynamodb.ts';

type Data = 'dev' | 'prod';

const shows = (region: Region, data: Data, action: 'PutItem' | 'DeleteItem' | 'Scan', input: object) => {
  const { address, dynamodb: ports } = listensOf(region);
  return dynamodb(`http://${address}:${ports[`${data}-booking`]}`, action, {
    TableName: `${data}-booking-shows`,
    ...input,
  });
};

/**
 * Puts a show on sale, again if it is there: without a queue, unless `more` of its item (the README of booking has them) says otherwise. Each replica
 * looks for new shows every ten seconds, and when it starts.
 */
export const openShow = (region: Region, data: Data, id: string, title: string, more: Item = {}): Promise<unknown> =>
  shows(region, data, 'PutItem', {
    Item: {
      ...{ id: { S: id }, title: { S: title }, venue: { S: 'Here' }, startsAt: { S: '2027-12-03T19:30:00+09:00' } },
      ...{ rows: { N: '10' }, seatsPerRow: { N: '10' } },
      ...more,
    },
  });

/** Takes it off sale: booking looks after the queue of each that there is. */
export const closeShow = (region: Region, data: Data, id: string): Promise<unknown> =>
  shows(region, data, 'DeleteItem', { Key: { id: { S: id } } });

/** The ids of shows on sale that begin like this. */
export async function showsOn(region: Region, data: Data, prefixes: readonly string[]): Promise<string[]> {
  const { Items } = (await shows(region, data, 'Scan', { ProjectionExpression: 'id' })) as {
    Items: { id: { S: string } }[];
  };
  return Items.map(({ id }) => id.S).filter((id) => prefixes.some((prefix) => id.startsWith(prefix)));
}

/** Takes all off sale whose ids begin like this. */
export async function closeShows(region: Region, data: Data, prefixes: readonly string[]): Promise<void> {
  for (const id of await showsOn(region, data, prefixes)) await closeShow(region, data, id);
}
