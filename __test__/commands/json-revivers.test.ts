// Revivers of JSON commands, which recordings cannot hold.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from '../../lib';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server';

let server: ScriptedServer;

const blob = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const REPLIES: Record<string, string | undefined> = {
  'JSON.GET': blob('{"at":"1 s"}'),
  'JSON.MGET': `*3\r\n${blob('{"at":"1 s"}')}$-1\r\n${blob('"2 s"')}`,
  'JSON.ARRPOP': blob('"3 s"'),
  'JSON.ARRPOP $': `*2\r\n${blob('"4 s"')}$-1\r\n`,
};

before(async () => {
  server = await startScriptedServer({
    onCommand([name, , path]) {
      const reply = REPLIES[`${name} ${path}`] ?? REPLIES[name];
      return reply === undefined ? undefined : Buffer.from(reply);
    },
  });
});
after(() => server.stop());

/** Seconds of a text like `'1 s'`. */
const seconds = (_name: string, value: unknown): unknown => (typeof value === 'string' ? Number.parseInt(value, 10) : value);

for (const RESP of [2, 3] as const) {
  test(`RESP${RESP}: what a reviver makes of values`, async () => {
    const client = createClient({ RESP, socket: { host: '127.0.0.1', port: server.port } });
    client.on('error', (error) => assert.fail(error as Error));
    await client.connect();
    try {
      assert.deepEqual(await client.json.get('a', { reviver: seconds }), { at: 1 });
      assert.deepEqual(await client.json.get('a'), { at: '1 s' });
      assert.deepEqual(await client.json.mGet(['a', 'b', 'c'], '.', seconds), [{ at: 1 }, null, 2]);
      assert.equal(await client.json.arrPop('a', { reviver: seconds }), 3);
      assert.deepEqual(await client.json.arrPop('a', { path: '$', reviver: seconds }), [4, null]);
      assert.deepEqual(await client.multi().json.get('a', { reviver: seconds }).json.get('a').execAsPipeline(), [{ at: 1 }, { at: '1 s' }]);
    } finally {
      client.destroy();
    }
  });
}
