/**
 * A program that connects after it was told to on its standard input, by when it may start no more threads.
 * It prints `waiting`, then a line of JSON for each error and for the answer.
 *
 *   node no-threads.js <socket options as JSON>
 */
import { createClient } from '../../../lib/client';

const say = (what: object | string): void => console.log(JSON.stringify(what));

async function main(): Promise<void> {
  const socket = JSON.parse(process.argv[2] as string) as object;
  const client = createClient({ socket: { ...socket, reconnectStrategy: (retries: number) => (retries < 500 ? 20 : new Error('enough')) } });
  client.on('error', (error: Error & { code?: string }) => say({ error: error.message, code: error.code }));
  await client.connect();
  say({ answer: await client.ping() });
  await client.close();
  process.stdin.destroy();
}

process.stdin.once('data', () => {
  main().catch((error: Error) => {
    say({ error: error.message });
    process.exitCode = 1;
    process.stdin.destroy();
  });
});
say('waiting');
