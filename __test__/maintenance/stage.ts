/** Servers that announce maintenance, and clients of them, for the tests of this folder. */
import { after } from 'node:test';
import { createClient, type AnyRedisClientOptions, type MaintenanceNotice, type RedisClientType } from '../../lib';
import { certificate } from '../support/certificates';
import { startHandoffServers, type HandoffEndpoint, type HandoffServers } from '../support/handoff-servers';
import { until } from '../support/until';

/** How clients of these tests connect. */
export interface Way {
  readonly name: string;
  readonly transport: 'uv' | 'pump';
  readonly tls: boolean;
}

export const WAYS: readonly Way[] = [
  { name: 'uv', transport: 'uv', tls: false },
  { name: 'pump', transport: 'pump', tls: false },
  { name: 'uv with TLS', transport: 'uv', tls: true },
  { name: 'pump with TLS', transport: 'pump', tls: true },
];

/** A client whose events are recorded. */
export type MaintainedClient = RedisClientType & { errors: Error[]; notices: MaintenanceNotice[]; outages: string[] };

const closing: (() => unknown)[] = [];
after(async () => {
  for (const close of closing.reverse()) await close();
});

/** Runs after the tests of the file. */
export function afterwards(close: () => unknown): void {
  closing.push(close);
}

/** The ports of a test, and what they share. */
export interface Scene {
  readonly servers: HandoffServers;
  readonly keys: HandoffServers['keys'];
  readonly a: HandoffEndpoint;
  /** Only if there are two or more. */
  readonly b: HandoffEndpoint;
  /** Only if there are three. */
  readonly c: HandoffEndpoint;
}

/** Opens ports, which are closed after the tests of the file. */
export async function serve(count = 2, way: Pick<Way, 'tls'> = { tls: false }): Promise<Scene> {
  const servers = await startHandoffServers(count, way.tls ? { tls: true } : {});
  afterwards(() => servers.stop());
  const [a, b, c] = servers.endpoints as [HandoffEndpoint, HandoffEndpoint, HandoffEndpoint];
  return { servers, keys: servers.keys, a, b, c };
}

/** A client that is not connected. It is destroyed after the tests of the file. */
export function make(endpoint: HandoffEndpoint, options: AnyRedisClientOptions = {}, way: Way = WAYS[0] as Way): MaintainedClient {
  const { ca } = certificate('server');
  const socket = { host: '127.0.0.1', port: endpoint.port, transport: way.transport, ...(way.tls && { tls: true, ca }), ...options.socket };
  const client = Object.assign(createClient({ ...options, socket } as AnyRedisClientOptions) as unknown as RedisClientType, {
    errors: [] as Error[], notices: [] as MaintenanceNotice[], outages: [] as string[],
  });
  client.on('error', (error: Error) => client.errors.push(error));
  client.on('maintenance', (notice: MaintenanceNotice) => client.notices.push(notice));
  for (const event of ['reconnecting', 'terminated', 'end']) client.on(event, () => client.outages.push(event));
  afterwards(() => client.destroy());
  return client;
}

/** A connected client. */
export async function connected(endpoint: HandoffEndpoint, options?: AnyRedisClientOptions, way?: Way): Promise<MaintainedClient> {
  const client = make(endpoint, options, way);
  await client.connect();
  return client;
}

/** Waits until nobody is connected to one endpoint any more, and one connection leads to the other one. */
export function moved(from: HandoffEndpoint, to: HandoffEndpoint, count = 1): Promise<void> {
  return until(() => from.open.length === 0 && to.open.length === count, `the move from ${from.port} to ${to.port}`);
}

let sequence = 1000;

/** Moves all clients of one endpoint to another one. */
export async function move(from: HandoffEndpoint, to: HandoffEndpoint, seconds?: number): Promise<void> {
  from.moving(++sequence, to, seconds);
  await moved(from, to);
}
