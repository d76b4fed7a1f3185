/** Whom the client trusts, and which keys it takes, beside Node's own TLS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { createClient } from '../../lib';
import { startScriptedServer } from '../support/scripted-server';
import { TLS_CASES, type TlsCase } from './tls-cases';

const PATIENCE = 20_000; // ms; only what hangs takes so long

/** What Node does: `ok` after a reply, else the code of its error. */
function nodes(port: number, options: TlsCase['client']): Promise<string> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void => resolve(error.code ?? `no code: ${error.message}`);
    try {
      const socket = connect({ host: 'localhost', port, ...options });
      socket.setTimeout(PATIENCE, () => socket.destroy(new Error('timeout')));
      socket.once('error', failed);
      socket.once('close', () => resolve('closed'));
      socket.once('secureConnect', () => socket.write('*1\r\n$4\r\nPING\r\n'));
      socket.once('data', () => {
        resolve('ok');
        socket.destroy();
      });
    } catch (error) {
      failed(error as NodeJS.ErrnoException);
    }
  });
}

async function ours(port: number, options: TlsCase['client']): Promise<string> {
  const client = createClient({
    socket: { host: 'localhost', port, tls: true, reconnectStrategy: false, connectTimeout: PATIENCE, ...options } as never,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    client.destroy();
    return 'ok';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code ?? `no code: ${message}`;
  }
}

for (const [name, { server: options, client, differs, isUnsettled }] of Object.entries(TLS_CASES)) {
  test(`TLS as Node's: ${name}`, async () => {
    const server = await startScriptedServer({ tls: options });
    try {
      const expected = isUnsettled ? undefined : await nodes(server.port, client);
      const actual = await ours(server.port, client);
      assert.equal(actual, differs ?? expected);
      if (differs !== undefined && expected !== undefined) assert.notEqual(differs, expected, 'this is no difference any more');
    } finally {
      await server.stop();
    }
  });
}
