// What may be given to createClient and to commands: this file does not compile if that changes.
import { test } from 'node:test';
import { createClient, createClientPool, type AnyRedisClientOptions, type RedisClientType } from '../../lib';
import type { WithCommands } from '../../lib/commands/types';
import { same } from './equal';

type Client = WithCommands<3, Record<never, never>>;

/** Compiled, never run. */
function calls(client: Client): void {
  void client.set('k', 'v', { EX: 10 });
  // @ts-expect-error -- options are one object
  void client.set('k', 'v', 'EX', 10);
  // @ts-expect-error -- an unknown option
  void client.set('k', 'v', { ex: 10 });
  // @ts-expect-error -- options are one object
  void client.set('k', 'v', 'NX');
  // @ts-expect-error -- an unknown option
  void client.getEx('k', { ex: 10 });
  // @ts-expect-error -- options are one object
  void client.getEx('k', 'EX', 10);
  // @ts-expect-error -- more than the command takes
  void client.setEx('k', 10, 'v', { NX: true });
  // @ts-expect-error -- several keys are one array
  void client.del('a', 'b');
  // @ts-expect-error -- an unknown option
  void client.scan('0', { match: 'a*' });
  // @ts-expect-error -- expire modes are upper case
  void client.expire('k', 10, 'nx');
}

/** Compiled, never run. */
function clients(): void {
  const byText: RedisClientType = createClient('redis://localhost');
  const byUrl: RedisClientType = createClient(new URL('redis://localhost'));
  const byOptions: RedisClientType = createClient({ url: 'redis://localhost' });
  createClientPool('redis://localhost', { maximum: 3 });
  createClientPool(new URL('redis://localhost'));
  // @ts-expect-error -- a port is no option
  createClient(6379);
  // @ts-expect-error -- a list is no option
  createClient(['redis://localhost']);
  // @ts-expect-error -- an unknown option
  createClient({ legacyMode: true });
  // @ts-expect-error -- an unknown option
  createClient({ keyprefix: 'a' });
  // @ts-expect-error -- there are two versions
  createClient({ RESP: 4 });
  // @ts-expect-error -- a strategy is a function, a number or false
  createClient({ socket: { reconnectStrategy: 'fast' } });
  void [byText, byUrl, byOptions];
}

test('the parameters of createClient are its options', () => {
  const options: Parameters<typeof createClient>[0] = { url: 'redis://localhost' };
  const known: AnyRedisClientOptions | undefined = options;
  const { url, socket } = { ...known };
  const client = undefined as unknown as ReturnType<typeof createClient>;
  same<typeof client.isOpen, boolean>(true);
  void [url, socket, calls, clients];
});
