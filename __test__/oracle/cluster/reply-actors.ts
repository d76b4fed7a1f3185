/** Clusters of npm `redis` and of oxredis, one of each for every protocol and type mapping, on a real cluster in a known state. */
import * as theirs from 'redis';
import * as ours from '../../../lib';
import { type ClusterOptions, TestCluster } from '../../cluster/servers/test-cluster';
import { hashSlot } from '../../../lib/wire/hash-slot';
import type { RespValue } from '../../support/resp';
import type { MappingName } from '../accepted-differences';
import { FITTING, SERVER_STATE, wrongType } from '../reply-data';
import type { Caller } from '../reply-differences';
import type { Methods, State } from '../reply-stage';
import { endCluster } from './end-cluster';

const { RESP_TYPES } = ours;

/** The mappings under which a cluster does something of its own: it adds up numbers, joins lists and splits commands. */
const MAPPINGS = {
  'no mapping': {},
  'maps as Map': { [RESP_TYPES.MAP]: Map },
  'blobs as Buffer': { [RESP_TYPES.BLOB_STRING]: Buffer },
  'numbers as String': { [RESP_TYPES.NUMBER]: String },
} satisfies Partial<Record<MappingName, object>>;

/** A cluster client of one library, protocol and mapping. */
export interface ClusterActor extends Caller {
  /** Put before all keys of the actor; empty if it has none. */
  readonly prefix: string;
  readonly client: ours.RedisClusterType;
  /** The client under the mapping. */
  readonly mapped: Methods;
}

const LOAD = `
for _, key in ipairs(cjson.decode(ARGV[1])) do redis.call('DEL', KEYS[1] .. key) end
for _, call in ipairs(cjson.decode(ARGV[2])) do redis.call(unpack(call)) end`;

/** Where the keys are in the commands of the data. */
function keyPositions(call: readonly string[]): number[] {
  const [name, second] = call;
  if (name === 'MSET') return call.flatMap((_, index) => (index % 2 === 1 ? [index] : []));
  if (name === 'XGROUP') return [2];
  if (name === 'XREADGROUP') return [call.indexOf('STREAMS') + 1];
  return second === undefined ? [] : [1];
}

/** Every key of the examples and the data. */
export type KeyNames = ReadonlySet<string>;

export class ReplyActors {
  private readonly known = new Set<string>();
  /** Where the keys of a command are, by its name: the first and last of them (counted from the end if negative), and the steps between. */
  private readonly keys = new Map<string, readonly [first: number, last: number, step: number]>();

  private constructor(readonly servers: TestCluster, readonly actors: readonly ClusterActor[]) {}

  /** @param prefixes before the keys of actors, which makes them keys of one slot: for those who call at once, or in turn */
  static async start(options: ClusterOptions, prefixes: 'one each' | 'one for all' | 'none'): Promise<ReplyActors> {
    const servers = await TestCluster.start({ replicas: 0, ...options, args: ['--activerehashing', 'no'] });
    const actors: ClusterActor[] = [];
    const tags = Array.from({ length: 100 }, (_, index) => `t${String(index).padStart(2, '0')}`);
    let pairs = 0;
    for (const protocol of [2, 3] as const) {
      for (const mapping of Object.keys(MAPPINGS) as (keyof typeof MAPPINGS)[]) {
        const third = pairs++ % 3;
        for (const library of ['npm redis', 'oxredis'] as const) {
          // Both of a pair are served by the same node: others have other orders of sets.
          const own = tags.splice(tags.findIndex((one) => Math.floor(hashSlot(one) / 5461.34) === third), 1)[0];
          const prefix = prefixes === 'none' ? '' : `{${prefixes === 'one each' ? own : 't00'}}`;
          actors.push(await connect(servers, { library, protocol, mapping, prefix }));
        }
      }
    }
    const all = new ReplyActors(servers, actors);
    for (const [name, , , first, last, step, , , , subcommands] of (await servers.nodes[0]?.call('COMMAND')) as RespValue[][]) {
      all.known.add(String(name).toUpperCase());
      all.keys.set(String(name).toUpperCase(), [Number(first), Number(last), Number(step)]);
      for (const [subcommand] of (subcommands ?? []) as RespValue[][]) all.known.add(String(subcommand).toUpperCase().replace('|', ' '));
    }
    return all;
  }

  async stop(): Promise<void> {
    for (const { client } of this.actors) endCluster(client);
    await this.servers.stop();
  }

  knows(name: string): boolean {
    return this.known.has(name.split(' ').slice(0, 2).join(' '));
  }

  /** Another cluster client of the same kind. The caller destroys it. */
  another(actor: ClusterActor): Promise<ClusterActor> {
    return connect(this.servers, actor);
  }

  /** A command with the prefix before its keys. */
  prefixed(prefix: string, [name, ...rest]: readonly (string | Buffer)[]): (string | Buffer)[] {
    const [first, last, step] = this.keys.get(String(name)) ?? [0, 0, 0];
    const end = last < 0 ? rest.length + 1 + last : last;
    const isKey = (position: number): boolean => first > 0 && position >= first && position <= end && (position - first) % step === 0;
    return [name as string, ...rest.map((word, index) => (isKey(index + 1) ? `${prefix}${word.toString()}` : word))];
  }

  /** Gives each actor its keys in this state, and no others. @param keys all that may exist */
  async prepare(state: State, keys: KeyNames): Promise<void> {
    await Promise.all(this.actors.map(async ({ prefix }) => {
      const owner = await this.ownerOf(prefix);
      const calls = this.callsOf(state).map((call) => {
        const positions = keyPositions(call);
        return call.map((word, index) => (positions.includes(index) ? prefix + word : word));
      });
      await owner.call('EVAL', LOAD, '1', prefix, JSON.stringify([...keys]), JSON.stringify(calls));
    }));
  }

  /** Empties the cluster and fills it, each key where it belongs. */
  async prepareAll(state: State): Promise<void> {
    await this.everywhere('FLUSHALL');
    for (const call of this.callsOf(state)) {
      const single = call[0] === 'MSET' ? keyPositions(call).map((at) => ['SET', call[at] as string, call[at + 1] as string]) : [call];
      for (const one of single) await (await this.ownerOf(one[keyPositions(one)[0] as number] as string)).call(...one);
    }
  }

  /** Brings what belongs to the servers as a whole into its state. */
  async prepareServers(): Promise<void> {
    for (const call of SERVER_STATE) await this.everywhere(...call);
  }

  async everywhere(...call: readonly string[]): Promise<void> {
    await Promise.all(this.servers.nodes.map((node) => node.call(...call)));
  }

  /** Ends the waiting of blocked connections until the calls have settled. */
  async unblock(calls: Promise<unknown>): Promise<void> {
    let settled = false;
    const end = calls.then(() => (settled = true));
    while (!settled) {
      for (const node of this.servers.nodes) {
        const list = String(await node.call('CLIENT', 'LIST'));
        for (const [, id] of list.matchAll(/^id=(\d+) .* flags=\w*b/gm)) await node.call('CLIENT', 'UNBLOCK', id as string);
      }
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 2))]);
    }
  }

  private callsOf(state: State): readonly (readonly string[])[] {
    if (state === 'no data') return [];
    return state === 'fitting data' ? FITTING.filter(([name = '']) => this.known.has(name)) : state.wrong.map(wrongType);
  }

  private readonly owners = new Map<number, Promise<TestCluster['nodes'][number]>>();

  private ownerOf(key: string): Promise<TestCluster['nodes'][number]> {
    const slot = hashSlot(key);
    const owner = this.owners.get(slot) ?? this.servers.ownerOf(slot);
    this.owners.set(slot, owner);
    return owner;
  }
}

async function connect(
  servers: TestCluster, { library, protocol, mapping, prefix }: Pick<ClusterActor, 'library' | 'protocol' | 'mapping' | 'prefix'>,
): Promise<ClusterActor> {
  const lib = library === 'oxredis' ? ours : theirs as unknown as typeof ours;
  const client = lib.createCluster({
    rootNodes: [{ socket: { host: '127.0.0.1', port: servers.nodes[0]?.port as number } }], RESP: protocol as 3,
    ...(prefix !== '' && { keyPrefix: prefix }),
  }) as unknown as ours.RedisClusterType;
  client.on('error', () => undefined);
  await client.connect();
  const mapped = client.withTypeMapping(MAPPINGS[mapping as keyof typeof MAPPINGS]) as unknown as Methods;
  return { library, protocol, mapping, prefix, client, mapped };
}
