// Clusters with modules, functions and scripts, their nodes, transactions, words and events, as applications use them.
import {
  createCluster, defineScript, RESP_TYPES, type RedisArgument, type RedisClusterOptions, type RedisClusterType, type RedisFunctions,
  type RedisModules, type RedisScripts, type RespVersions, type TypeMapping,
} from 'redis';

const add = defineScript({
  SCRIPT: 'return redis.call("INCRBY", KEYS[1], ARGV[1])', NUMBER_OF_KEYS: 1,
  parseCommand(parser, key: RedisArgument, by: number) {
    parser.pushKey(key);
    parser.push(by.toString());
  },
  transformReply: (reply: number) => reply,
});
const modules = { mine: { echo: { parseCommand(parser: { push(...words: string[]): unknown }, text: string) { parser.push('ECHO', text); }, transformReply: (reply: string) => reply } } } as const;

export const made = createCluster({
  rootNodes: [{ url: 'redis://a:7000' }, { socket: { host: 'b', port: 7001 } }],
  defaults: { username: 'u', password: 'p', socket: { tls: true, connectTimeout: 5000 } },
  useReplicas: true, minimizeConnections: true, maxCommandRedirections: 3,
  nodeAddressMap: { '10.0.0.1:6379': { host: 'localhost', port: 6379 } },
  topologyRefreshOnReconnectionAttemptStrategy: (first) => (Date.now() - first > 1000 ? 2000 : false),
  commandOptions: { timeout: 1000 },
  clientSideCache: { ttl: 1000, maxEntries: 100 },
  scripts: { add }, modules,
});
export type Made = typeof made;

export const mapped = createCluster({ rootNodes: [], nodeAddressMap: (address) => (address === 'x' ? { host: 'y', port: 1 } : undefined) });

export async function use(): Promise<[number, string, Buffer | null]> {
  await made.connect();
  const sum = await made.add('k', 2);
  const text = await made.mine.echo('x');
  const bytes = made.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  await made.mSet(['a', '1']);
  const [first] = await made.mGet(['a', 'b']);
  console.log(first?.length);
  return [sum, text, await bytes.get('k')];
}

export async function transact(): Promise<void> {
  const [value, count] = await made.multi('k').get('k').incr('{k}n').execTyped();
  console.log(value?.length, count + 1);
  await made.multi().addCommand('k', true, ['GET', 'k']).sendCommand(['GET', 'k'], { firstKey: 'k', isReadonly: true }).exec();
  await made.multi().set('k', 'v').execAsPipeline();
}

export async function nodes(): Promise<void> {
  for (const { address, id, client, readonly } of made.masters) console.log(address, id, readonly, client?.isReady);
  await Promise.all(made.masters.map(async (node) => (await made.nodeClient(node)).flushAll()));
  const { master, replicas } = made.slots[5] ?? { master: made.getRandomNode() };
  console.log(master.host, replicas?.length, made.getSlotRandomNode(3).port, made.getSlotMaster(4).id, made.getMasters().length);
  const client = await made.getNodeClientForKey('k');
  await client.watch('k');
  const replies = await client.multi().incr('k').exec();
  console.log(replies, made.nodeByAddress.get('a:1')?.address, made.pubSubNode?.address);
}

export async function words(): Promise<void> {
  const reply = await made.sendCommand('k', true, ['GET', 'k']);
  const typed = await made.sendCommand<string>(undefined, false, ['ECHO', 'x'], { typeMapping: {} });
  console.log(reply, typed.length);
}

export async function subscribe(): Promise<void> {
  await made.subscribe(['a', 'b'], (message, channel) => console.log(message.length, channel.length));
  await made.pSubscribe('a*', (message: Buffer, channel: Buffer) => console.log(message.byteLength, channel.byteLength), true);
  await made.sSubscribe('s', (message) => console.log(message));
  await made.sUnsubscribe('s');
  await made.unsubscribe();
}

made.on('node-error', (error: Error, { host, port }: { host: string; port: number }) => console.error(error.message, host, port));
made.once('connect', () => undefined).on('error', console.error);

export class Store<M extends RedisModules, F extends RedisFunctions, S extends RedisScripts, RESP extends RespVersions, TYPE_MAPPING extends TypeMapping> {
  constructor(private readonly cluster: RedisClusterType<M, F, S, RESP, TYPE_MAPPING>) {}
  close = (): Promise<void> => this.cluster.close();
  copy = () => this.cluster.duplicate();
}

export const store = new Store(made);
export const options: RedisClusterOptions = { rootNodes: [{ url: 'redis://localhost' }], defaults: { name: 'x' } };
export const connected = (): Promise<typeof mapped> => mapped.connect();
