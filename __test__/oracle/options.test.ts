/** Which of URL, options and overrides counts, by what the clients send. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyRedisClientOptions } from '../../lib';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server';
import { same, withServer, type Client, type Stage } from './compare';

withServer();

/** Database and user of the connection that was accepted last. */
function seen(server: ScriptedServer): [database: string, auth: string] {
  const { commands } = server.last;
  const hello = commands.find(([name]) => name === 'HELLO') ?? [];
  const at = hello.indexOf('AUTH');
  return [commands.filter(([name]) => name === 'SELECT').at(-1)?.[1] ?? '0', at < 0 ? '' : hello.slice(at + 1, at + 3).join(':')];
}

async function connection(client: Client, server: ScriptedServer): Promise<[database: string, auth: string]> {
  client.on('error', () => undefined);
  await client.connect();
  const found = seen(server);
  client.destroy();
  return found;
}

/** A client that is made with exactly these options. */
function made({ lib }: Stage, options: AnyRedisClientOptions): Client {
  return lib.createClient(options) as unknown as Client;
}

const QUIET = { disableClientInfo: true, maintNotifications: 'disabled' } as const;
const PATHS = ['', '/', '/0', '/3'];
const DATABASES = [undefined, 0, 5];
const each = PATHS.flatMap((path) => DATABASES.map((database) => [path, database] as const));

/** Notes database and user of clients with these options, and of their duplicates with these overrides. */
async function sent(
  stage: Stage, all: readonly [label: string, options: (url: string) => AnyRedisClientOptions, overrides?: object][],
): Promise<void> {
  const server = await startScriptedServer();
  for (const [label, options, overrides] of all) {
    const client = made(stage, { ...QUIET, ...options(server.url) });
    const target = overrides === undefined ? client : client.duplicate(overrides) as unknown as Client;
    stage.note(label, ...(await connection(target, server)));
  }
  await server.stop();
}

const numbered = (path: string, database: number | undefined) => (url: string): AnyRedisClientOptions => ({
  url: url + path, ...(database === undefined ? {} : { database }),
});

same('the database of the URL counts, unless it is 0', (stage) =>
  sent(stage, each.map(([path, database]) => [`${path} ${database}`, numbered(path, database)])));

same('and so on a UNIX socket', async (stage) => {
  const path = join(tmpdir(), `oxredis-options-${process.pid}.sock`);
  const server = await startScriptedServer({ path });
  for (const query of ['', '?db=', '?db=0', '?db=3']) {
    for (const database of DATABASES) {
      const client = made(stage, { ...QUIET, url: `unix://${path}${query}`, ...(database === undefined ? {} : { database }) });
      stage.note(query, database, ...(await connection(client, server)));
    }
  }
  await server.stop();
});

const own = (path: string, database: number | undefined): string => (path === '/3' ? '3' : String(database ?? 0));

same('a duplicate has the database of its client', (stage) =>
  sent(stage, each.map(([path, database]) => [`${path} ${database}`, numbered(path, database), {}])), {
  reason: 'a URL that ends in /0 does not undo `database` in a duplicate either',
  ours: each.map(([path, database]) => [`${path} ${database}`, own(path, database), '']),
});

same('an override of the database counts', (stage) =>
  sent(stage, each.map(([path, database]) => [`${path} ${database}`, numbered(path, database), { database: 7 }])), {
  reason: '`duplicate({ database })` counts more than the URL of the client',
  ours: each.map(([path, database]) => [`${path} ${database}`, '7', '']),
});

same('a URL as override counts', (stage) => sent(stage, [
  ['database', (url) => ({ url: `${url}/3` }), { url: undefined, database: 2 }],
]));

const provider = { type: 'async-credentials-provider', credentials: async () => ({ username: 'provided', password: 'token' }) } as const;
const withUser = (user: string) => (url: string): AnyRedisClientOptions => ({ url: url.replace('//', `//${user}@`) });

same('user and password of the URL count more than those of the options, and than a provider', (stage) => sent(stage, [
  ['URL', withUser('u:p')],
  ['options', (url) => ({ url, username: 'o', password: 'q' })],
  ['options without user', (url) => ({ url, password: 'q' })],
  ['both', (url) => ({ ...withUser('u:p')(url), username: 'o', password: 'q' })],
  ['password in URL, user in options', (url) => ({ ...withUser(':p')(url), username: 'o' })],
  ['user in URL, password in options', (url) => ({ ...withUser('u')(url), password: 'q' })],
  ['provider', (url) => ({ url, credentialsProvider: provider })],
  ['provider and options', (url) => ({ url, username: 'o', password: 'q', credentialsProvider: provider })],
  ['provider and URL', (url) => ({ ...withUser('u:p')(url), credentialsProvider: provider })],
]));

same('a duplicate has the user of its client, and a provider as override counts', (stage) => sent(stage, [
  ['URL', withUser('u:p'), {}],
  ['options', (url) => ({ url, username: 'o', password: 'q' }), {}],
  ['password in URL, user in options', (url) => ({ ...withUser(':p')(url), username: 'o' }), {}],
  ['provider', (url) => ({ url, credentialsProvider: provider }), {}],
  ['provider over options', (url) => ({ url, username: 'o', password: 'q' }), { credentialsProvider: provider }],
  ['password beside a provider', (url) => ({ url, credentialsProvider: provider }), { username: 'd', password: 'e' }],
]));

const OVERRIDDEN: [string, (url: string) => AnyRedisClientOptions, object][] = [
  ['URL', withUser('u:p'), { username: 'd', password: 'e' }],
  ['password only', withUser('u:p'), { password: 'e' }],
  ['options', (url) => ({ url, username: 'o', password: 'q' }), { username: 'd', password: 'e' }],
  ['none any more', withUser('u:p'), { username: undefined, password: undefined }],
  ['provider instead of the URL', withUser('u:p'), { credentialsProvider: provider }],
];

same('overrides of user and password count', (stage) => sent(stage, OVERRIDDEN), {
  reason: '`duplicate({ username, password })` uses them',
  ours: [
    ['URL', '0', 'd:e'], ['password only', '0', 'u:e'], ['options', '0', 'd:e'], ['none any more', '0', ''],
    ['provider instead of the URL', '0', 'provided:token'],
  ],
});

const ENDS: [name: string, end: (client: Client) => Promise<unknown>][] = [
  ['close', (client) => client.close()],
  ['destroy', async (client) => client.destroy()],
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- it is one of the ways
  ['quit', (client) => client.quit()],
];

for (const [name, end] of ENDS) {
  same(`a selected database is selected again after ${name}() and connect()`, async (stage) => {
    const server = await startScriptedServer();
    const client = made(stage, { ...QUIET, url: server.url, database: 2 });
    client.on('error', () => undefined);
    await client.connect();
    await client.select(5);
    await end(client);
    await client.connect();
    stage.note('again', ...seen(server));
    const duplicate = client.duplicate() as unknown as Client;
    stage.note('duplicate', ...(await connection(duplicate, server)));
    await client.select(0);
    await end(client);
    await client.connect();
    stage.note('none', ...seen(server));
    client.destroy();
    await server.stop();
  });
}

same('reset() returns to the database of the options, also for later connections', async (stage) => {
  const { connected, note } = stage;
  const client = await connected({ database: 2 });
  await client.select(5);
  await client.close();
  await client.connect();
  note('selected', (await client.clientInfo()).db);
  await client.reset();
  note('reset', (await client.clientInfo()).db);
  await client.close();
  await client.connect();
  note('again', (await client.clientInfo()).db);
}, {
  reason: 'RESET is followed by the database of the options at once',
  ours: [['selected', 5], ['reset', 2], ['again', 2]],
});

same('a selected database of multi() is selected again too', async ({ connected, note }) => {
  const client = await connected();
  await client.multi().select(6).exec();
  await client.close();
  await client.connect();
  note((await client.clientInfo()).db);
});
