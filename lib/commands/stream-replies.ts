import type {
  ArrayReply, BlobStringReply, MapReply, NullReply, NumberReply, TuplesToMapReply, TypeMapping,
} from '../wire/resp-types';
import { isMissing, listOf, rowOf, rowsOf } from './containers';
import { asIs, mapOfPairs, type Entry } from './replies';

/** A message of a stream. The last two fields are present only if the read also claims messages. */
export type StreamMessage = {
  id: BlobStringReply;
  message: MapReply<BlobStringReply | string, BlobStringReply>;
  /** Milliseconds since the last delivery. */
  millisElapsedFromDelivery?: NumberReply;
  /** How often the message has been delivered. */
  deliveriesCounter?: NumberReply;
};

type RawMessage = [id: BlobStringReply, body: BlobStringReply[], elapsed?: NumberReply, deliveries?: NumberReply];

/**
 * Converts a message. Its fields are a flat list in both protocols, and become the container that the type mapping asks
 * for.
 */
function toMessage(raw: RawMessage, typeMapping: TypeMapping | undefined): StreamMessage {
  if (!Array.isArray(raw)) return raw;
  const message = mapOfPairs(raw[1], typeMapping) as StreamMessage['message'];
  return raw.length > 2
    ? { id: raw[0], message, millisElapsedFromDelivery: raw[2], deliveriesCounter: raw[3] }
    : { id: raw[0], message };
}

function toMessages(raw: readonly RawMessage[], typeMapping: TypeMapping | undefined): StreamMessage[] {
  return listOf(raw, item => toMessage(item, typeMapping));
}

function toMessagesOrNulls(raw: readonly (RawMessage | null)[], typeMapping: TypeMapping | undefined): (StreamMessage | NullReply)[] {
  return toMessages(raw as readonly RawMessage[], typeMapping);
}

/** Messages of one stream. */
export const messages = (reply: RawMessage[] | null, _preserve?: unknown, typeMapping?: TypeMapping): StreamMessage[] | NullReply =>
  toMessages(reply as RawMessage[], typeMapping);

/** Claimed messages; null for those that were deleted meanwhile (servers before 7.0). */
export const claimed = (
  reply: (RawMessage | null)[], _preserve?: unknown, typeMapping?: TypeMapping,
): (StreamMessage | NullReply)[] => toMessagesOrNulls(reply, typeMapping);

/** A page of XAUTOCLAIM. */
export const autoClaimed = (
  reply: [BlobStringReply, (RawMessage | null)[], ArrayReply<BlobStringReply>],
  _preserve?: unknown, typeMapping?: TypeMapping,
): { nextId: BlobStringReply; messages: (StreamMessage | NullReply)[]; deletedMessages: ArrayReply<BlobStringReply> } =>
  rowOf(reply, ([nextId, raw, deletedMessages]) => ({ nextId, messages: toMessagesOrNulls(raw, typeMapping), deletedMessages }));

/** A page of XAUTOCLAIM JUSTID. */
export const autoClaimedIds = (
  reply: [BlobStringReply, ArrayReply<BlobStringReply>, ArrayReply<BlobStringReply>],
): { nextId: BlobStringReply; messages: ArrayReply<BlobStringReply>; deletedMessages: ArrayReply<BlobStringReply> } =>
  rowOf(reply, ([nextId, messages, deletedMessages]) => ({ nextId, messages, deletedMessages }));

/** Messages of several streams, null if none arrived in time. */
export type StreamsMessages = { name: BlobStringReply | string; messages: StreamMessage[] }[] | null;

type RawStreams = [name: BlobStringReply, messages: RawMessage[]][];

/**
 * Iterates over streams and their messages. RESP3 sends a map, which the decoder has turned into the container of the
 * type mapping; XREAD always returns a list.
 */
function entriesOf(reply: unknown): Iterable<[string, RawMessage[]]> {
  if (reply instanceof Map) return reply as Map<string, RawMessage[]>;
  if (!Array.isArray(reply)) return Object.entries(reply as Record<string, RawMessage[]>);
  const entries: [string, RawMessage[]][] = [];
  for (let i = 0; i < reply.length; i += 2) entries.push([reply[i] as string, reply[i + 1] as RawMessage[]]);
  return entries;
}

/** XREAD and XREADGROUP: `[{name, messages}]` in both protocols. */
export const streams = {
  2: (reply: RawStreams | null, _preserve?: unknown, typeMapping?: TypeMapping): StreamsMessages =>
    rowsOf(reply as RawStreams, ([name, raw]) => ({ name, messages: toMessages(raw, typeMapping) })),
  3: (reply: unknown, _preserve?: unknown, typeMapping?: TypeMapping): StreamsMessages =>
    isMissing(reply) ? reply as null : Array.from(entriesOf(reply), ([name, raw]) => ({ name, messages: toMessages(raw, typeMapping) })),
};

/** Summary of pending messages; ids and consumers are null if none are pending. */
export const pending = (
  reply: [NumberReply, BlobStringReply | NullReply, BlobStringReply | NullReply, [BlobStringReply, BlobStringReply][] | null],
): {
  pending: NumberReply;
  firstId: BlobStringReply | NullReply;
  lastId: BlobStringReply | NullReply;
  consumers: { name: BlobStringReply; deliveriesCounter: number }[] | null;
} => rowOf(reply, ([count, firstId, lastId, consumers]) => ({
  pending: count,
  firstId,
  lastId,
  consumers: consumers && rowsOf(consumers, ([name, deliveries]) => ({ name, deliveriesCounter: Number(deliveries) })),
}));

/** Details of each pending message. */
export const pendingRange = (
  reply: [BlobStringReply, BlobStringReply, NumberReply, NumberReply][],
): { id: BlobStringReply; consumer: BlobStringReply; millisecondsSinceLastDelivery: NumberReply; deliveriesCounter: NumberReply }[] =>
  rowsOf(reply, ([id, consumer, millisecondsSinceLastDelivery, deliveriesCounter]) => ({
    id, consumer, millisecondsSinceLastDelivery, deliveriesCounter,
  }));

/** Converts the flat lists that RESP2 sends to objects. */
const toObjects = (reply: unknown[][]): unknown => listOf(reply, flat => mapOfPairs(flat));

export type XInfoConsumersReply = ArrayReply<TuplesToMapReply<[
  Entry<'name', BlobStringReply>, Entry<'pending', NumberReply>, Entry<'idle', NumberReply>, Entry<'inactive', NumberReply>,
]>>;
/** Reply of XINFO CONSUMERS. */
export const consumers = {
  2: toObjects as (reply: unknown[][]) => { name: BlobStringReply; pending: NumberReply; idle: NumberReply; inactive: NumberReply }[],
  3: asIs<XInfoConsumersReply>(),
};

export type XInfoGroupsReply = ArrayReply<TuplesToMapReply<[
  Entry<'name', BlobStringReply>, Entry<'consumers', NumberReply>, Entry<'pending', NumberReply>,
  Entry<'last-delivered-id', BlobStringReply>, Entry<'entries-read', NumberReply | NullReply>, Entry<'lag', NumberReply>,
]>>;
/** Reply of XINFO GROUPS. */
export const groups = {
  2: toObjects as (reply: unknown[][]) => {
    name: BlobStringReply; consumers: NumberReply; pending: NumberReply; 'last-delivered-id': BlobStringReply;
    'entries-read': NumberReply | NullReply; lag: NumberReply;
  }[],
  3: asIs<XInfoGroupsReply>(),
};

/** The first or last message of a stream. */
type StreamEntry = NullReply | { id: BlobStringReply; message: MapReply<BlobStringReply, BlobStringReply> };

type StreamInfo = [
  Entry<'length', NumberReply>, Entry<'radix-tree-keys', NumberReply>, Entry<'radix-tree-nodes', NumberReply>,
  Entry<'last-generated-id', BlobStringReply>, Entry<'max-deleted-entry-id', BlobStringReply>, Entry<'entries-added', NumberReply>,
  Entry<'recorded-first-entry-id', BlobStringReply>, Entry<'idmp-duration', NumberReply>, Entry<'idmp-maxsize', NumberReply>,
  Entry<'pids-tracked', NumberReply>, Entry<'iids-tracked', NumberReply>, Entry<'iids-added', NumberReply>,
  Entry<'iids-duplicates', NumberReply>, Entry<'groups', NumberReply>, Entry<'first-entry', StreamEntry>, Entry<'last-entry', StreamEntry>,
];
export type XInfoStreamReply = TuplesToMapReply<StreamInfo>;

const ENTRIES = ['first-entry', 'last-entry'] as const;

/** Converts the two messages inside the reply to `{id, message}`, whatever container the reply is. */
function withMessages(reply: unknown, _preserve?: unknown, typeMapping?: TypeMapping): unknown {
  const convert = (raw: unknown): unknown => (raw === null || raw === undefined ? null : toMessage(raw as RawMessage, typeMapping));
  if (reply instanceof Map) {
    for (const name of ENTRIES) reply.set(name, convert(reply.get(name)));
  } else if (Array.isArray(reply)) {
    for (let i = 0; i < reply.length; i += 2) {
      if ((ENTRIES as readonly string[]).includes(String(reply[i]))) reply[i + 1] = convert(reply[i + 1]);
    }
  } else if (!isMissing(reply)) {
    const object = reply as Record<string, unknown>;
    for (const name of ENTRIES) object[name] = convert(object[name]);
  }
  return reply;
}

/** Reply of XINFO STREAM. */
export const streamInfo = {
  2: ((reply: unknown[], preserve?: unknown, typeMapping?: TypeMapping) =>
    withMessages(mapOfPairs(reply), preserve, typeMapping)) as (reply: unknown[]) => XInfoStreamReply['DEFAULT'],
  3: withMessages as (reply: unknown) => XInfoStreamReply,
};
