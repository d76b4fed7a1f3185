/** A real server with clients of npm `redis` and of oxredis: one of each for every protocol and type mapping, with a database of its own. */
import * as theirs from 'redis';
import * as ours from '../../lib';
import type { RawClient } from '../support/raw-client';
import type { RespValue } from '../support/resp';
import { type ServerOptions, startServer, type TestServer } from '../support/server';
import type { ServerVersion } from '../support/server-program';
import type { MappingName } from './accepted-differences';
import { FITTING, SERVER_STATE, wrongType } from './reply-data';
import type { Caller } from './reply-differences';

const { RESP_TYPES } = ours;

/** The type mappings of the comparison; classes that differ between the libraries are taken from each. */
const MAPPINGS = {
  'no mapping': () => ({}),
  'maps as Map': () => ({ [RESP_TYPES.MAP]: Map }),
  'maps as Array': () => ({ [RESP_TYPES.MAP]: Array }),
  'blobs as Buffer': () => ({ [RESP_TYPES.BLOB_STRING]: Buffer }),
  'doubles as String': () => ({ [RESP_TYPES.DOUBLE]: String }),
  'numbers as String': () => ({ [RESP_TYPES.NUMBER]: String }),
  'sets as Set': () => ({ [RESP_TYPES.SET]: Set }),
  'texts as objects': (lib: typeof ours) => ({ [RESP_TYPES.VERBATIM_STRING]: lib.VerbatimString, [RESP_TYPES.SIMPLE_STRING]: Buffer }),
} satisfies Record<MappingName, (lib: typeof ours) => object>;

export type Methods = Record<string, (...args: any[]) => unknown>;

/** A client of one library, protocol and mapping. */
export interface Actor extends Caller {
  readonly database: number;
  readonly client: ours.RedisClientType;
  /** The client under the mapping. */
  readonly mapped: Methods;
}

/** What is in the database before a call: all data, nothing, or the wrong type in these keys. */
export type State = 'fitting data' | 'no data' | { wrong: readonly string[] };

// The setup runs inside of the server: one request for all databases.
const SETUP = `
local databases, calls = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
for _, database in ipairs(databases) do
  redis.call('SELECT', database)
  redis.call('FLUSHDB')
  for _, call in ipairs(calls) do redis.call(unpack(call)) end
end`;

/** Databases that examples name (0 to 3) are nobody's own. */
const FIRST_DATABASE = 8;

/** Tables of keys are rehashed by commands only, not by the clock too: equal databases have equal orders then. */
const STEADY = ['--activerehashing', 'no'];

export class ReplyStage {
  /** Wire names that the server knows, in upper case, words separated by spaces. */
  private readonly known = new Set<string>();
  private prepared: string | undefined;

  private constructor(readonly server: TestServer, private readonly admin: RawClient, readonly actors: readonly Actor[]) {}

  static async start(version: ServerVersion, options: ServerOptions = {}): Promise<ReplyStage> {
    const server = await startServer({ ...options, version, args: ['--databases', '64', ...STEADY, ...options.args ?? []] });
    const admin = await server.connectRaw();
    const actors: Actor[] = [];
    const isCluster = options.args?.includes('--cluster-enabled') ?? false;
    for (const protocol of [2, 3] as const) {
      for (const mapping of Object.keys(MAPPINGS) as MappingName[]) {
        for (const [library, lib] of [['npm redis', theirs as unknown as typeof ours], ['oxredis', ours]] as const) {
          const database = isCluster ? 0 : FIRST_DATABASE + actors.length;
          actors.push(await connect(library, lib, protocol, mapping, database, server.port));
        }
      }
    }
    const stage = new ReplyStage(server, admin, actors);
    await stage.askForCommands();
    return stage;
  }

  async stop(): Promise<void> {
    for (const { client } of this.actors) client.destroy();
    this.admin.close();
    await this.server.stop();
  }

  /** Whether the server knows a command; fixed words after a subcommand (`ACL LOG RESET`) do not count. */
  knows(name: string): boolean {
    return this.known.has(name.split(' ').slice(0, 2).join(' '));
  }

  /** A command of the test itself. @throws RespError */
  command(...words: (string | Buffer)[]): Promise<RespValue> {
    return this.admin.call(...words);
  }

  /** Brings the databases of actors into a state, if they may not be in it. */
  async prepare(actors: readonly Actor[], state: State): Promise<void> {
    const databases = actors.map(({ database }) => database);
    const wanted = JSON.stringify([databases, state]);
    if (this.prepared === wanted) return;
    const calls = state === 'fitting data' ? FITTING.filter(([name = '']) => this.known.has(name))
      : state === 'no data' ? [] : state.wrong.map(wrongType);
    await this.command('EVAL', SETUP, '0', JSON.stringify(databases), JSON.stringify(calls));
    this.prepared = wanted;
  }

  /** Brings what belongs to the server as a whole into its state. */
  async prepareServer(): Promise<void> {
    await Promise.all(SERVER_STATE.map((call) => this.command(...call)));
  }

  /** The databases may have changed. */
  touched(): void {
    this.prepared = undefined;
  }

  /** Ends the waiting of blocked connections until the calls have settled. */
  async unblock(calls: Promise<unknown>): Promise<void> {
    let settled = false;
    const end = calls.then(() => (settled = true));
    while (!settled) {
      const list = String(await this.command('CLIENT', 'LIST'));
      for (const [, id] of list.matchAll(/^id=(\d+) .* flags=\w*b/gm)) await this.command('CLIENT', 'UNBLOCK', id as string);
      await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 2))]);
    }
  }

  /** Another connection of the same kind. The caller destroys its client. */
  async another({ client, library, protocol, mapping, database }: Actor): Promise<Actor> {
    const fresh = client.duplicate() as unknown as ours.RedisClientType;
    fresh.on('error', () => undefined);
    await fresh.connect();
    return { library, protocol, mapping, database, client: fresh, mapped: mappedMethods(fresh, library, mapping) };
  }

  private async askForCommands(): Promise<void> {
    for (const name of (await this.command('COMMAND', 'LIST')) as string[]) this.known.add(name.toUpperCase());
    for (const [name, , , , , , , , , subcommands] of (await this.command('COMMAND')) as RespValue[][]) {
      this.known.add(String(name).toUpperCase());
      for (const [subcommand] of (subcommands ?? []) as RespValue[][]) this.known.add(String(subcommand).toUpperCase().replace('|', ' '));
    }
  }
}

function mappedMethods(client: ours.RedisClientType, library: Actor['library'], mapping: MappingName): Methods {
  const lib = library === 'oxredis' ? ours : theirs as unknown as typeof ours;
  return client.withTypeMapping(MAPPINGS[mapping](lib)) as unknown as Methods;
}

async function connect(
  library: Actor['library'], lib: typeof ours, protocol: 2 | 3, mapping: MappingName, database: number, port: number,
): Promise<Actor> {
  const client = lib.createClient({ RESP: protocol, database, socket: { host: '127.0.0.1', port } }) as unknown as ours.RedisClientType;
  client.on('error', () => undefined);
  await client.connect();
  return { library, protocol, mapping, database, client, mapped: mappedMethods(client, library, mapping) };
}

