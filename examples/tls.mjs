/**
 * TLS. `npm start -- tls` starts a server with the certificates of the tests; for one of your own:
 *
 *   REDIS_TLS_URL=rediss://host:6380 REDIS_TLS_CA=ca.crt node examples/tls.mjs
 */
import { readFileSync } from 'node:fs';
import { createClient } from '../index.js'; // from 'oxredis' in a project of your own

const url = process.env.REDIS_TLS_URL ?? 'rediss://localhost:6380';
const ca = process.env.REDIS_TLS_CA;

const client = createClient({
  url, // rediss:// turns TLS on
  socket: {
    // PEM text. Without it the roots of the system are trusted. `cert` and `key` go here too where the server asks for them.
    ca: ca === undefined ? undefined : readFileSync(ca),
    minVersion: 'TLSv1.3',
  },
});
client.on('error', (error) => console.error('error:', error.message));
await client.connect();
await client.set('example:tls', 'over TLS');
console.log('get:', await client.get('example:tls'));
await client.del('example:tls');
await client.close();

// A certificate that nobody trusts is an error with the code that Node uses.
const trusting = createClient({ url, socket: { reconnectStrategy: false } });
trusting.on('error', () => undefined); // connect() rejects with the same error
const refused = await trusting.connect().then(() => undefined, (error) => error);
if (refused === undefined) trusting.destroy();
console.log('without ca:', refused?.code ?? 'the system trusts this server');

// What cannot be honoured is refused with what to use instead, never ignored.
try {
  createClient({ url, socket: { pfx: Buffer.alloc(1) } });
} catch (error) {
  console.log('pfx:', error.message);
}
