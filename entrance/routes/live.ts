import type { Route } from '../types.ts';
import { bodyRefused, failed, id, ok, refused, storeAway } from './answers.ts';

const service = 'live';
const noChannel = { 404: refused('There is no such channel') };
const noLength = { 411: refused('A body in chunks has no length') };
const manage = { service, access: ['live.manage'], throttle: { rate: 20, burst: 20 } } as const;

export const liveRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/channels',
    summary: 'Live channels, the newest first',
    service,
    access: ['ticket.read', 'live.manage'],
    throttle: { rate: 500, burst: 500 },
    query: {
      state: { schema: { type: 'string', enum: ['open', 'closed'] } },
      show: { schema: { type: 'string' } },
      limit: { schema: { type: 'integer', minimum: 1, maximum: 100 }, description: 'How many at most; 50 without it' },
      after: { schema: { type: 'string' }, description: 'The `next` of the page before' },
    },
    answers: {
      200: ok('ChannelList', 'A page; `next` is null on the last one'),
      400: refused('Every fault of the query at once'),
      ...failed,
      ...storeAway,
    },
  },
  {
    method: 'GET',
    path: '/channels/{id}',
    summary: 'A live channel',
    service,
    access: ['ticket.read', 'live.manage'],
    throttle: { rate: 500, burst: 500 },
    parts: id,
    answers: { 200: ok('Channel', 'The channel'), ...noChannel, ...failed, ...storeAway },
  },
  {
    method: 'POST',
    path: '/channels',
    summary: 'Open a live channel; the same key opens it once',
    ...manage,
    body: 'ChannelRequest',
    answers: {
      200: ok('Channel', 'The channel that this key has already'),
      201: ok('Channel', 'The channel', { Location: 'Where to look it up, at the service: without the base path' }),
      ...bodyRefused,
      409: refused('The key has a channel of another show or title'),
      ...noLength,
      ...failed,
      ...storeAway,
    },
  },
  {
    method: 'POST',
    path: '/channels/{id}/close',
    summary: 'Close a live channel, for good',
    ...manage,
    parts: id,
    answers: { 200: ok('Channel', 'The closed channel, also again'), ...noChannel, ...failed, ...storeAway },
  },
  {
    method: 'GET',
    path: '/channels/{id}/recordings',
    summary: 'The recordings of a channel, with links to fetch them',
    ...manage,
    parts: id,
    answers: { 200: ok('RecordingList', 'In the order of announcement'), ...noChannel, ...failed, ...storeAway },
  },
  {
    method: 'POST',
    path: '/channels/{id}/recordings',
    summary: 'Announce a recording, and get a link that takes the file',
    ...manage,
    parts: id,
    body: 'RecordingRequest',
    answers: {
      200: ok('AnnouncedRecording', 'A new link for the same announcement'),
      201: ok('AnnouncedRecording', 'The recording'),
      ...bodyRefused,
      ...noChannel,
      409: refused('This name has another type or size, or the channel has 50 recordings'),
      ...noLength,
      ...failed,
      ...storeAway,
    },
  },
];
