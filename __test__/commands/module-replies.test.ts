// A scripted server answers with the recorded bytes; every call must send what npm redis sent and give what it gave, in both
// protocols and under both type mappings.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClient, type RespVersions } from '../../lib';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server';
import { writeCoverage } from '../oracle/coverage';
import { DIFFERENCES, wireOf } from './module-differences';
import { MAPPINGS, noted, recordingsOf, type MappingName, type Recording } from './module-recordings';

const NAMESPACES = Object.keys(MODULE_TABLES);
const HANDSHAKE = new Set(['HELLO', 'CLIENT', 'SELECT']);

type Client = ReturnType<typeof createClient>;
type Namespaces = Record<string, Record<string, ((...args: unknown[]) => Promise<unknown>) | undefined> | undefined>;

let server: ScriptedServer;
let current: Recording;
/** What the server was asked last. */
let sent: string[] | undefined;
const clients = new Map<RespVersions, Client>();

before(async () => {
  server = await startScriptedServer({
    onCommand(command, connection) {
      if (HANDSHAKE.has(command[0] as string)) return undefined;
      sent = command;
      return current.reply(connection.protocol);
    },
  });
  for (const RESP of [2, 3] as const) {
    const client = createClient({ RESP, socket: { host: '127.0.0.1', port: server.port } }) as unknown as Client;
    client.on('error', (error) => assert.fail(error as Error));
    clients.set(RESP, await client.connect());
  }
});

const compared: string[] = [];

after(async () => {
  writeCoverage('recordings', { oracle: 'recordings', compared });
  for (const client of clients.values()) client.destroy();
  await server.stop();
});

/** What npm redis gave, or what differs on purpose. */
function expected(namespace: string, recording: Recording, protocol: 2 | 3, mapping: MappingName): unknown {
  const theirs = recording.expected(protocol, mapping);
  const difference = DIFFERENCES.find((one) => one.namespace === namespace && one.methods.includes(recording.method ?? '')
    && (one.protocols?.includes(protocol) ?? true) && (one.mappings?.includes(mapping) ?? true)
    && (one.lines?.includes(recording.line) ?? true));
  return difference === undefined || theirs === undefined ? theirs : difference.ours(theirs, recording);
}

async function outcome(client: Client, namespace: string, { method, args, wire }: Recording): Promise<unknown> {
  try {
    if (method === null) return noted(await client.sendCommand(wire.map((word) => Buffer.from(word, 'latin1'))));
    const call = (client as unknown as Namespaces)[namespace]?.[method];
    assert.ok(call, `there is no ${namespace}.${method}`);
    return noted(await call.apply((client as unknown as Namespaces)[namespace], [...args]));
  } catch (error) {
    return noted(error);
  }
}

for (const namespace of NAMESPACES) {
  describe(`replies of ${namespace}`, () => {
    const recordings = recordingsOf(namespace);
    for (const method of new Set(recordings.map((recording) => recording.method))) {
      test(method ?? 'raw commands', async () => {
        for (current of recordings.filter((recording) => recording.method === method)) {
          for (const RESP of [2, 3] as const) {
            for (const name of Object.keys(MAPPINGS) as MappingName[]) {
              const client = (clients.get(RESP) as Client).withTypeMapping(MAPPINGS[name]) as unknown as Client;
              const theirs = expected(namespace, current, RESP, name);
              sent = undefined;
              const ours = await outcome(client, namespace, current);
              const about = `line ${current.line}, RESP${RESP}, ${name}: ${current.wire.join(' ').slice(0, 200)}`;
              assert.deepEqual(sent, wireOf(namespace, method, current.wire), about);
              if (theirs !== undefined) assert.deepEqual(ours, theirs, about);
            }
          }
        }
        if (method !== null) compared.push(`${namespace}.${method}`);
      });
    }
  });
}
