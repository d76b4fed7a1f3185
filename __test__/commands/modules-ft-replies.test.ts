// The recorded replies of client.ft whose values change from call to call (times, cursors), under the type mappings: what oxredis makes
// of the bytes beside what the code of npm redis makes of the same values.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import search from '@redis/search';
import { createClient, type RespVersions, type TypeMapping } from '../../lib';
import type { AnyBuiltInCommand } from '../../lib/commands/command';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { BasicCommandParser } from '../../lib/wire/command-parser';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server';
import { MAPPINGS, noted, recordingsOf, type MappingName, type Recording } from './module-recordings';

type Client = ReturnType<typeof createClient>;
type Transform = ((reply: unknown, preserve?: unknown, typeMapping?: TypeMapping) => unknown) | undefined;
type Holder = { transformReply?: Transform | Record<RespVersions, Transform> };

let server: ScriptedServer;
let current: Recording;
const clients = new Map<RespVersions, Client>();

before(async () => {
  server = await startScriptedServer({
    onCommand: (command, connection) => (command[0]?.startsWith('FT.') ? current.reply(connection.protocol) : undefined),
  });
  for (const RESP of [2, 3] as const) {
    const client = createClient({ RESP, socket: { host: '127.0.0.1', port: server.port } }) as unknown as Client;
    client.on('error', (error) => assert.fail(error as Error));
    clients.set(RESP, await client.connect());
  }
});

after(async () => {
  for (const client of clients.values()) client.destroy();
  await server.stop();
});

/** What a transform makes of the current reply. */
async function transformed(command: Holder, RESP: RespVersions, mapping: TypeMapping, preserve: unknown): Promise<unknown> {
  const client = (clients.get(RESP) as Client).withTypeMapping(mapping) as unknown as Client;
  const raw: unknown = await client.sendCommand(['FT.ANY']);
  const transform = typeof command.transformReply === 'object' ? command.transformReply[RESP] : command.transformReply;
  return noted(transform === undefined ? raw : transform(raw, preserve, mapping));
}

/** Searches in RESP3 with maps as arrays, which npm redis takes for RESP2: their documents are compared between the protocols. */
const MISREAD = ['search', 'searchNoContent', 'profileSearch'];

function preserved(command: AnyBuiltInCommand, args: readonly unknown[]): unknown {
  const parser = new BasicCommandParser();
  command.parseCommand(parser, ...args);
  return parser.preserve;
}

async function check(name: string, RESP: RespVersions, mapping: MappingName): Promise<void> {
  const command = MODULE_TABLES.ft[name];
  const preserve = preserved(command, current.args);
  const ours = await transformed(command as Holder, RESP, MAPPINGS[mapping], preserve);
  const about = `line ${current.line}, RESP${RESP}, ${mapping}`;
  if (RESP === 3 && mapping === 'mappingB' && MISREAD.includes(name)) {
    const results = (value: unknown): unknown => (name === 'profileSearch' ? (value as { results: unknown }).results : value);
    const other = results(await transformed(command as Holder, 2, MAPPINGS[mapping], preserve)) as { total: string };
    return assert.deepEqual(results(ours), { ...other, total: Number(other.total) }, about);
  }
  const theirs = await transformed((search as unknown as Record<string, Holder>)[name], RESP, MAPPINGS[mapping], preserve);
  assert.deepEqual(ours, theirs, about);
}

describe('replies of ft, by the code of npm redis', () => {
  const recordings = recordingsOf('ft').filter(({ reply }) => reply(2)[0] !== '-'.charCodeAt(0));
  for (const method of new Set(recordings.flatMap((one) => one.method ?? []))) {
    test(method, async () => {
      for (current of recordings.filter((one) => one.method === method)) {
        for (const RESP of [2, 3] as const) {
          for (const mapping of Object.keys(MAPPINGS) as MappingName[]) await check(method, RESP, mapping);
        }
      }
    });
  }
});

test('replies that servers without RESP3 send over RESP3', () => {
  const { search: found, searchNoContent, aggregate } = MODULE_TABLES.ft as unknown as Record<string, { transformReply: NonNullable<Transform> }>;
  const flags = preserved(MODULE_TABLES.ft.search, ['idx', 'q', { WITHSCORES: true }]);
  assert.deepEqual(found.transformReply([1, 'a', '0.5', ['f', 'x']], flags),
    { total: 1, documents: [{ id: 'a', score: 0.5, value: { f: 'x' } }], warnings: [] });
  assert.deepEqual(aggregate.transformReply([1, ['f', 'x']]), { total: 1, results: [{ f: 'x' }], warnings: [] });
  const ids = preserved(MODULE_TABLES.ft.searchNoContent, ['idx', 'q', { WITHSCORES: true }]);
  assert.deepEqual(searchNoContent.transformReply([2, 'a', '0.5', 'b', '0.4'], ids), { total: 2, documents: ['a', 'b'], warnings: [] });
});

test('fields that need care', () => {
  const { transformReply } = MODULE_TABLES.ft.search as unknown as { transformReply: NonNullable<Transform> };
  const flags = preserved(MODULE_TABLES.ft.search, ['idx', 'q']);
  const valueOf = (...fields: string[]): unknown =>
    (transformReply([1, 'a', fields], flags) as { documents: { value: unknown }[] }).documents[0]?.value;
  assert.deepEqual(valueOf('x', '1', '$', '{"y":{"z":[2]}}'), { x: '1', y: { z: [2] } });
  assert.deepEqual(valueOf('$', '{no json'), { $: '{no json' });
  assert.deepEqual(Object.entries(valueOf('__proto__', 'x') as object), [['__proto__', 'x']]);
  assert.deepEqual(transformReply(new Map<string, unknown>([
    ['results', [new Map<string, unknown>([['id', 'a'], ['score', [0.5, ['why', ['because']]]], ['extra_attributes', new Map([['f', 'x']])]])]],
    ['total_results', 1], ['warning', ['Timeout limit was reached']],
  ]), flags), {
    total: 1, documents: [{ id: 'a', score: 0.5, scoreExplain: ['why', ['because']], value: { f: 'x' } }], warnings: ['Timeout limit was reached'],
  });
});
