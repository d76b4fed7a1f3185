import { freePort } from '../support/free-port';
import { same, withServer } from './compare';

withServer();

/** Everything that an error carries and shows, with the port masked. */
function fields(error: unknown, port: number): unknown[] {
  const shown = Object.entries(error as object).map(([key, value]) => [key, value === port ? 'PORT' : value as unknown]);
  return [(error as Error).message.replaceAll(String(port), 'PORT'), ...shown.sort(), Array.isArray((error as AggregateError).errors)];
}

for (const [what, socket] of [
  ['a closed port', { host: '127.0.0.1' }],
  ['a closed port in IPv6', { host: '::1' }],
  ['a socket file that is not there', { path: '/nowhere/redis.sock' }],
  ['an unknown name', { host: 'no.such.host.invalid' }],
] as const) {
  same(`system errors have the fields of Node: ${what}`, async ({ client, note }) => {
    const port = await freePort();
    const one = client({ socket: { ...socket, port, reconnectStrategy: false } as never });
    const connecting = one.connect();
    const queued = one.get('k');
    queued.catch(() => undefined);
    await connecting.catch((error: unknown) => note('connect', fields(error, port)));
    await queued.catch((error: unknown) => note('get', fields(error, port)));
  });
}
