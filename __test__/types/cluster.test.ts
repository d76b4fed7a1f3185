// The types of a cluster beside those of npm redis: this file does not compile if one changes.
import { test } from 'node:test';
import type { RedisClusterOptions as NpmOptions, RedisClusterType as NpmCluster, RedisDefaultModules as NpmModules } from 'redis';
import {
  createCluster, defineScript, RESP_TYPES, type RedisClientType, type RedisClusterOptions, type RedisClusterType,
} from '../../lib';
import type { WithCommands } from '../../lib/commands/types';
import type { CommandParser } from '../../lib/wire/command-parser';
import { same, type Mutual, type Resolved } from './equal';

type None = Record<never, never>;
type Ours = RedisClusterType<None, None, None, 3, None>;
type Theirs = NpmCluster<NpmModules, None, None, 3, None>;

/** Internals of npm redis. */
type NotHere = 'identity' | '_options' | '_slots' | '_handleAsk' | '_executeWithPolicies' | '_execute' | 'resubscribeAllPubSubListeners';
/** What clients have, too. */
type OursOnly = 'withCache' | 'scanIterator' | 'hScanIterator' | 'hScanNoValuesIterator' | 'hScanValuesIterator' | 'sScanIterator' | 'zScanIterator';
type OfClusters = 'readFrom' | 'availabilityZone' | 'topologyRefreshInterval' | 'inheritFromRoots';

test('the names are those of npm redis', () => {
  same<Exclude<keyof Theirs, keyof Ours>, NotHere>(true);
  same<Exclude<keyof Ours & string, keyof Theirs | `_${string}`>, OursOnly>(true);
  same<Exclude<keyof NpmOptions, keyof RedisClusterOptions>, 'himportRegistry'>(true);
  same<Exclude<keyof RedisClusterOptions, keyof NpmOptions>, OfClusters>(true);
  same<keyof Ours['masters'][number], keyof Theirs['masters'][number]>(true);
  same<keyof Ours['replicas'][number], keyof Theirs['replicas'][number]>(true);
  same<keyof NonNullable<Ours['pubSubNode']>, keyof NonNullable<Theirs['pubSubNode']>>(true);
  same<Exclude<keyof Theirs['slots'][number], keyof Ours['slots'][number]>, 'nodesIterator'>(true);
  same<Exclude<keyof ReturnType<Theirs['multi']>, keyof ReturnType<Ours['multi']>>, never>(true);
});

test('commands resolve to what they resolve to on a client', () => {
  type Client = WithCommands<3, None>;
  type Differing = { [NAME in keyof Client & keyof Ours]: Mutual<Client[NAME], Ours[NAME]> extends true ? never : NAME }[keyof Client & keyof Ours];
  same<Differing, never>(true);
  same<Resolved<RedisClusterType<None, None, None, 3, { [RESP_TYPES.BLOB_STRING]: BufferConstructor }>['get']>, Buffer | null>(true);
  same<'hotkeysGet' extends keyof Ours ? true : false, false>(true);
  same<'watch' extends keyof Ours ? true : false, false>(true);
});

const script = defineScript({
  SCRIPT: 'return 1', NUMBER_OF_KEYS: 0,
  parseCommand(_parser: CommandParser, _value: string) { /* nothing */ },
  transformReply: (reply: number) => reply === 1,
});
const cluster = createCluster({ rootNodes: [{ url: 'redis://localhost' }], scripts: { script } });

test('what methods give', () => {
  same<Resolved<typeof cluster.script>, boolean>(true);
  same<Resolved<typeof cluster.json.arrAppend>, Resolved<RedisClientType['json']['arrAppend']>>(true);
  same<Resolved<typeof cluster.connect>, typeof cluster>(true);
  same<ReturnType<typeof cluster.close>, Promise<void>>(true);
  same<ReturnType<typeof cluster.destroy>, void>(true);
  const multi = () => cluster.multi('k').get('a').script('x').execTyped();
  same<Resolved<typeof multi>, [string | null, boolean]>(true);
  const words = () => cluster.multi().addCommand('k', true, ['GET', 'k']).sendCommand(['GET', 'k'], { firstKey: 'k' }).get('k').execTyped();
  same<Resolved<typeof words>, [string | null]>(true);
  const mapped = () => cluster.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get('k');
  same<Resolved<typeof mapped>, Buffer | null>(true);
  const raw = () => cluster.sendCommand<number>('k', false, ['INCR', 'k'], { timeout: 5 });
  same<Resolved<typeof raw>, number>(true);
  const node = async () => (await cluster.getNodeClientForKey('k', true)).script('x');
  same<Resolved<typeof node>, boolean>(true);
  const primary = async () => (await cluster.nodeClient(cluster.getSlotMaster(5))).get('k');
  same<Resolved<typeof primary>, string | null>(true);
  const seat = () => cluster.pubSubNode?.client.ping() ?? Promise.resolve('none');
  same<Resolved<typeof seat>, string>(true);
  const sharded = () => cluster.masters[0]?.pubSub?.client.get('k') ?? Promise.resolve(null);
  same<Resolved<typeof sharded>, string | null>(true);
});

/** Compiled, never run. */
function refused(): void {
  // @ts-expect-error -- root nodes are needed
  createCluster({});
  // @ts-expect-error -- a cluster has one database
  cluster.multi().select(1);
  // @ts-expect-error -- words need to be told where they belong
  cluster.multi().addCommand(['GET', 'k']);
  // @ts-expect-error -- and so do commands
  void cluster.sendCommand(['GET', 'k']);
  // @ts-expect-error -- an unknown name
  createCluster({ rootNodes: [], readFrom: 'nearest' });
}
void refused;
