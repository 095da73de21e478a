import type { Schema } from './types.ts';

const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const text: Schema = { type: 'string' };
const time: Schema = { type: 'string', format: 'date-time' };
const count: Schema = { type: 'integer', minimum: 0 };
const list = (items: Schema): Schema => ({ type: 'array', items });

type Fields = Record<string, Schema>;
/** An object with exactly these fields. */
const object = (required: Fields, optional: Fields = {}): Schema => ({
  type: 'object',
  properties: { ...required, ...optional },
  required: Object.keys(required),
  additionalProperties: false,
});

/** An id as people pass it on. */
const showId: Schema = { type: 'string', pattern: '^[a-z0-9-]{1,31}$' };
const seat: Schema = { type: 'string', pattern: '^[A-Z]-[0-9]{1,3}$' };
/**
 * Text that people type. A service counts its characters when they are composed (Unicode NFC); in parts they are up to four times as many, and the
 * entrance does not compose.
 */
const typed = (limit: number): Schema => ({
  type: 'string',
  minLength: 1,
  maxLength: 4 * limit,
  description: `Printable, without blanks around it, at most ${limit} characters in composed form`,
});

const summary: Fields = {
  id: showId,
  title: text,
  venue: text,
  startsAt: time,
  queue: { type: 'boolean' },
};
const recording: Fields = { name: text, type: text, size: { type: 'integer', minimum: 1 }, announcedAt: time };
const recordingTypes = [
  'audio/mp4',
  'audio/webm',
  'image/jpeg',
  'image/png',
  'text/vtt',
  'video/mp2t',
  'video/mp4',
  'video/webm',
];
const linkFields: Fields = {
  method: { type: 'string', enum: ['GET', 'PUT'] },
  url: { type: 'string', format: 'uri' },
  headers: { type: 'object', additionalProperties: text },
  expiresAt: time,
};

/** By name, as the document has them. What a request may have is strict: an unknown field is a mistake of a client. */
export const schemas: Record<string, Schema> = {
  Errors: object({ errors: { type: 'array', items: text, minItems: 1 } }),
  Version: object({ service: text, commit: text, change: text }),

  ShowList: object({ shows: list(object({ ...summary, seats: count, free: count })) }),
  Show: object({
    ...summary,
    seats: list(object({ seat, state: { type: 'string', enum: ['free', 'held', 'booked'] } })),
  }),
  JoinRequest: object({ show: showId }),
  Joined: object({ id: text, show: showId }),
  Place: object(
    {
      id: text,
      show: showId,
      status: { type: 'string', enum: ['waiting', 'admitted', 'gone'] },
      place: { type: 'integer', minimum: 1 },
    },
    {
      ahead: count,
      retryAfter: { type: 'integer', minimum: 1, maximum: 10, description: 'Seconds' },
      token: text,
      expiresAt: time,
    },
  ),
  HoldRequest: object({ show: showId, seat }, { token: { type: 'string', minLength: 1, maxLength: 100 } }),
  Hold: object({ id: text, show: showId, seat, holder: text, expiresAt: time }),
  BookingRequest: object({ hold: { type: 'string', pattern: '^[A-Za-z0-9.-]{1,64}$' } }),
  Booking: object({ id: text, hold: text, show: showId, seat, holder: text, bookedAt: time }),

  Ticket: object({ id: text, booking: text, show: text, seat: text, holder: text, issuedAt: time }),

  ChannelRequest: object({ key: { type: 'string', minLength: 1, maxLength: 64 }, show: typed(64), title: typed(100) }),
  Channel: object({
    id: text,
    key: text,
    show: text,
    title: text,
    state: { type: 'string', enum: ['open', 'closed'] },
    openedAt: time,
    closedAt: { type: 'string', format: 'date-time', nullable: true },
  }),
  ChannelList: object({ channels: list(ref('Channel')), next: { type: 'string', nullable: true } }),
  RecordingRequest: object({
    name: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' },
    type: { type: 'string', enum: recordingTypes },
    size: { type: 'integer', minimum: 1, maximum: 5 * 1024 ** 3 },
  }),
  AnnouncedRecording: object({ ...recording, upload: object(linkFields) }),
  RecordingList: object({
    recordings: list(
      object({
        ...recording,
        state: { type: 'string', enum: ['stored', 'not here yet'] },
        download: { ...(object(linkFields) as Extract<Schema, { type: 'object' }>), nullable: true },
      }),
    ),
  }),
};
