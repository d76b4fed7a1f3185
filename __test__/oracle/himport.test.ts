// Fieldsets of HIMPORT follow the client over connections, duplicates and discards as in npm redis. No server that the tests run on
// knows the command: a scripted one plays its part and notes what it is sent.
import { reply } from '../support/resp';
import { SILENCE, startScriptedServer, type Answer, type ScriptedServer } from '../support/scripted-server';
import { same, withServer, type Client, type Difference, type Stage } from './compare';

withServer();

const HANDSHAKE = ['HELLO', 'CLIENT', 'SELECT'];
const SETTINGS = { disableClientInfo: true, maintNotifications: 'disabled' } as const;

/** A session of the scripted server: names and numbers of fields. */
type Session = Map<string, number>;

function himport(session: Session, [, verb, name = '', ...rest]: string[]): Buffer {
  switch (verb) {
    case 'PREPARE':
      session.set(name, rest.length);
      return Buffer.from(reply.ok);
    case 'SET': {
      const count = session.get(rest[0] as string);
      if (count === undefined) return Buffer.from(reply.error('ERR no such fieldset'));
      return Buffer.from(count === rest.length - 1 ? reply.ok : reply.error('ERR wrong number of values'));
    }
    case 'DISCARD':
      return Buffer.from(reply.integer(session.delete(name) ? 1 : 0));
    default: {
      const { size } = session;
      session.clear();
      return Buffer.from(reply.integer(size));
    }
  }
}

/** What a script of this file works with. */
interface Rig extends Stage {
  /** Answers before the server does. */
  refuse: (command: string[]) => Answer;
  scripted: ScriptedServer;
  duplicate(client: Client): Promise<Client>;
}

/** A script on a client of the scripted server, where everything it is sent is noted, with the number of the connection. */
function compared(name: string, script: (client: Client, rig: Rig) => Promise<void>, difference?: Difference, keyPrefix?: string): void {
  same(name, async (stage) => {
    const sessions = new Map<number, Session>();
    const rig = { ...stage, refuse: () => undefined } as unknown as Rig;
    rig.scripted = await startScriptedServer({
      onCommand(command, { index }) {
        if (HANDSHAKE.includes(command[0] as string)) return undefined;
        stage.note(index, command.join(' '));
        if (command[0] === 'RESET') sessions.delete(index);
        if (command[0] === 'RESET') return '+RESET\r\n';
        if (command[0] === 'EXEC') return reply.array([]);
        const session = sessions.get(index) ?? new Map<string, number>();
        sessions.set(index, session);
        return rig.refuse(command) ?? (command[0] === 'HIMPORT' ? himport(session, command) : undefined);
      },
    });
    const duplicates: Client[] = [];
    rig.duplicate = async (client) => {
      const duplicate = client.duplicate() as unknown as Client;
      duplicates.push(duplicate);
      return (await duplicate.on('error', () => undefined).connect()) as unknown as Client;
    };
    const client = await stage.connected({ ...SETTINGS, socket: { port: rig.scripted.port }, ...(keyPrefix ? { keyPrefix } : {}) });
    await script(client, rig);
    for (const one of [client, ...duplicates]) one.destroy();
    await rig.scripted.stop();
  }, difference);
}

/** Refuses the commands that begin with these words, so many times. */
function times(count: number, words: string, answer: Answer = reply.error('ERR refused')): (command: string[]) => Answer {
  let left = count;
  return (command) => (command.join(' ').startsWith(words) && left-- > 0 ? answer : undefined);
}

async function reconnected({ scripted, next }: Rig, client: Client): Promise<void> {
  const again = next(client, 'ready');
  scripted.closeConnections();
  await again;
}

compared('one connection', async (one, { outcome }) => {
  await outcome('unknown', one.hImportSet('k', 'fs', ['1', '2']));
  await outcome('prepare', one.hImportPrepare('fs', ['a', 'b']));
  await outcome('set', one.hImportSet('k', 'fs', ['1', '2']));
  await outcome('one value', one.hImportSet('k', 'fs', '1'));
  await outcome('the same again', one.hImportPrepare('fs', ['a', 'b']));
  await outcome('set', one.hImportSet('k', 'fs', ['1', '2']));
  await outcome('other fields', one.hImportPrepare('fs', 'a'));
  await outcome('set', one.HIMPORT_SET('k', 'fs', Buffer.from('1')));
  await outcome('discard', one.hImportDiscard('fs'));
  await outcome('and again', one.hImportDiscard('fs'));
  await outcome('set', one.hImportSet('k', 'fs', ['1']));
  await outcome('none left', one.hImportDiscardAll());
  await one.HIMPORT_PREPARE('x', 'a');
  await one.hImportPrepare('y', 'a');
  await outcome('two', one.HIMPORT_DISCARDALL());
  await outcome('set', one.hImportSet('k', 'x', '1'));
}, undefined, 'p:');

compared('commands of one tick keep their order', async (one, { note }) => {
  const settled = await Promise.allSettled([
    one.hImportPrepare('fs', ['a', 'b']), one.hImportSet('k', 'fs', ['1', '2']), one.hImportSet('l', 'fs', ['1', '2']),
    one.hImportDiscard('fs'), one.hImportSet('m', 'fs', ['1', '2']), one.ping(),
  ]);
  for (const result of settled) note(result.status, result.status === 'fulfilled' ? result.value : result.reason);
});

compared('a duplicate has the fieldsets, and hears of discards when it imports', async (one, { outcome, duplicate }) => {
  await one.hImportPrepare('fs', ['a', 'b']);
  await one.hImportPrepare('gs', 'z');
  const two = await duplicate(one);
  await Promise.all([
    outcome('set', two.hImportSet('k', 'fs', ['1', '2'])), two.hImportSet('l', 'fs', ['1', '2']), outcome('between', two.ping()),
  ]);
  await outcome('the other', two.hImportSet('k', 'gs', '1'));
  await outcome('discard', one.hImportDiscard('fs'));
  await outcome('no import', two.ping());
  await outcome('import', two.hImportSet('k', 'fs', ['1', '2']));
  await outcome('other fields', one.hImportPrepare('fs', ['a', 'b', 'c']));
  await outcome('import', two.hImportSet('k', 'fs', ['1', '2', '3']));
  await outcome('discard', two.hImportDiscard('fs'));
  await outcome('prepare', one.hImportPrepare('fs', 'a'));
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  await outcome('discard all', two.hImportDiscardAll());
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  const three = await duplicate(two);
  await outcome('prepare', three.hImportPrepare('hs', 'a'));
  await outcome('import', one.hImportSet('k', 'hs', '1'));
});

compared('several discards are missed', async (one, { outcome, duplicate }) => {
  const two = await duplicate(one);
  for (const name of ['a', 'b', 'c', 'd']) {
    await one.hImportPrepare(name, 'f');
    await two.hImportSet('k', name, '1');
  }
  await one.hImportDiscard('b');
  await one.hImportDiscard('a');
  await outcome('import', two.hImportSet('k', 'c', '1'));
  await one.hImportDiscard('c');
  await one.hImportPrepare('c', ['f', 'g']);
  await outcome('prepared anew', two.hImportSet('k', 'c', ['1', '2']));
  await one.hImportDiscard('c');
  await outcome('discard', two.hImportDiscard('d'));
  await outcome('all', two.hImportDiscardAll());
});

compared('a new connection, and one that was reset, hold nothing', async (one, rig) => {
  const { outcome } = rig;
  await one.hImportPrepare('fs', ['a', 'b']);
  await reconnected(rig, one);
  await outcome('import', one.hImportSet('k', 'fs', ['1', '2']));
  await outcome('and again', one.hImportSet('k', 'fs', ['1', '2']));
  await one.reset();
  await outcome('import', one.hImportSet('k', 'fs', ['1', '2']));
  const reset = one.reset();
  await outcome('right behind', one.hImportSet('k', 'fs', ['1', '2']));
  await reset;
  await reconnected(rig, one);
  await outcome('discard', one.hImportDiscard('fs'));
  await outcome('import', one.hImportSet('k', 'fs', ['1', '2']));
});

compared('a lost PREPARE counts as none', async (one, rig) => {
  rig.refuse = () => SILENCE;
  const lost = [rig.outcome('prepare', one.hImportPrepare('fs', 'a'))];
  await rig.until(() => rig.scripted.commands.some(([name]) => name === 'HIMPORT'));
  await reconnected(rig, one);
  await Promise.all(lost);
  rig.refuse = () => undefined;
  await rig.outcome('import', one.hImportSet('k', 'fs', '1'));
  await rig.outcome('discard', one.hImportDiscard('fs'));
});

compared('a refused PREPARE leaves what was there', async (one, rig) => {
  const { outcome } = rig;
  rig.refuse = times(1, 'HIMPORT PREPARE');
  await outcome('prepare', one.hImportPrepare('fs', ['a', 'b']));
  await outcome('import', one.hImportSet('k', 'fs', ['1', '2']));
  await outcome('discard', one.hImportDiscard('fs'));
  await one.hImportPrepare('fs', 'a');
  const two = await rig.duplicate(one);
  await two.hImportSet('k', 'fs', '1');
  rig.refuse = times(1, 'HIMPORT PREPARE');
  await outcome('prepare', one.hImportPrepare('fs', ['a', 'b']));
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  await outcome('import', two.hImportSet('k', 'fs', '1'));
  rig.refuse = times(1, 'HIMPORT PREPARE');
  await outcome('the same', one.hImportPrepare('fs', 'a'));
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  await outcome('discard', one.hImportDiscard('fs'));
});

for (const [which, words] of [['first', 'HIMPORT PREPARE fs a'], ['second', 'HIMPORT PREPARE fs b']] as const) {
  compared(`the ${which} of two is refused`, async (one, rig) => {
    rig.refuse = times(1, words);
    await Promise.allSettled([one.hImportPrepare('fs', 'a'), one.hImportPrepare('fs', ['b', 'c'])]);
    await rig.outcome('import', one.hImportSet('k', 'fs', ['1', '2']));
    await rig.outcome('discard', one.hImportDiscard('fs'));
  });
}

compared('a server that has forgotten a fieldset is told it once more', async (one, rig) => {
  const { outcome } = rig;
  await one.hImportPrepare('fs', 'a');
  for (const text of ['ERR no such fieldset', "ERR no such fieldset 'fs'", 'ERR No such fieldset', 'ERR other']) {
    rig.refuse = times(1, 'HIMPORT SET', reply.error(text));
    await outcome(text, one.hImportSet('k', 'fs', '1'));
  }
  rig.refuse = times(2, 'HIMPORT SET', reply.error('ERR no such fieldset'));
  await outcome('twice', one.hImportSet('k', 'fs', '1'));
  await one.reset();
  rig.refuse = times(1, 'HIMPORT PREPARE');
  await outcome('PREPARE refused', one.hImportSet('k', 'fs', '1'));
  await one.reset();
  rig.refuse = times(2, 'HIMPORT PREPARE');
  await outcome('PREPARE refused twice', one.hImportSet('k', 'fs', '1'));
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  await one.reset();
  rig.refuse = times(2, 'HIMPORT PREPARE');
  const three = await Promise.allSettled(['k', 'l', 'm'].map((key) => one.hImportSet(key, 'fs', '1')));
  for (const result of three) rig.note(result.status);
});

compared('a refused discard counts, and is said again', async (one, rig) => {
  const { outcome } = rig;
  const two = await rig.duplicate(one);
  await one.hImportPrepare('fs', 'a');
  await one.hImportPrepare('gs', 'a');
  await two.hImportSet('k', 'fs', '1');
  await two.hImportSet('k', 'gs', '1');
  rig.refuse = times(1, 'HIMPORT DISCARD');
  await outcome('discard', one.hImportDiscard('fs'));
  rig.refuse = times(1, 'HIMPORT DISCARD');
  await outcome('import', two.hImportSet('k', 'gs', '1'));
  await outcome('import', two.hImportSet('k', 'gs', '1'));
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  rig.refuse = times(1, 'HIMPORT DISCARDALL');
  await outcome('all', one.hImportDiscardAll());
  rig.refuse = times(1, 'HIMPORT DISCARDALL');
  await outcome('import', two.hImportSet('k', 'gs', '1'));
  await outcome('import', two.hImportSet('k', 'gs', '1'));
});

compared('raw commands bypass all of it', async (one, { outcome }) => {
  await outcome('prepare', one.sendCommand(['HIMPORT', 'PREPARE', 'fs', 'a']));
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  await outcome('discard', one.hImportDiscard('fs'));
  await one.hImportPrepare('fs', 'a');
  await outcome('discard', one.sendCommand(['HIMPORT', 'DISCARD', 'fs']));
  await outcome('import', one.hImportSet('k', 'fs', '1'));
});

compared('builders refuse to prepare and to discard, and import what the connection holds', async (one, { outcome }) => {
  await one.hImportPrepare('fs', 'a');
  await outcome('transaction', one.multi().hImportSet('k', 'fs', '1').ping().HIMPORT_SET('l', 'fs', '1').exec());
  await outcome('pipeline', one.multi().hImportSet('k', 'fs', '1').ping().execAsPipeline());
  await outcome('prepare', one.multi().ping().hImportPrepare('gs', 'a').ping().exec());
  await outcome('prepare', one.multi().HIMPORT_PREPARE('gs', 'a').execAsPipeline());
  await outcome('discard', one.multi().hImportDiscard('fs').exec());
  await outcome('discard', one.multi().hImportDiscardAll().execAsPipeline());
  for (const words of [['HIMPORT', 'PREPARE', 'fs', 'a'], ['himport', 'discard', 'fs'], ['HIMPORT', Buffer.from('DiscardAll')], ['HIMPORT', 'SET', 'k', 'fs', '1']]) {
    await outcome(words.join(' '), one.multi().sendCommand(words).exec());
    await outcome(words.join(' '), one.multi().addCommand(words).execAsPipeline());
  }
});

compared('before there is a connection', async (one, rig) => {
  const { outcome } = rig;
  const two = one.duplicate() as unknown as Client;
  two.on('error', () => undefined);
  await outcome('closed', two.hImportPrepare('fs', 'a'));
  await outcome('closed', two.hImportSet('k', 'fs', '1'));
  await outcome('closed', two.hImportDiscard('fs'));
  await outcome('closed', two.hImportDiscardAll());
  await one.hImportPrepare('fs', 'a');
  const connecting = two.connect();
  const early = [two.hImportSet('k', 'fs', '1'), two.hImportPrepare('gs', 'a'), two.hImportSet('k', 'gs', '1'), two.hImportDiscard('fs')];
  await connecting;
  rig.note(...(await Promise.all(early)));
  two.destroy();
});

/** Calls that types forbid. */
type Loose = Record<string, (...args: unknown[]) => Promise<unknown>>;

compared('bad arguments', async (one, { outcome }) => {
  const loose = one as unknown as Loose;
  for (const args of [[], ['fs'], ['fs', 5], ['fs', [5]], [5, 'a'], [null, 'a'], ['fs', null], ['fs', [undefined]]]) {
    await outcome('prepare', loose.hImportPrepare?.(...args) as Promise<unknown>);
  }
  for (const args of [[], ['k'], ['k', 'fs'], ['k', 'fs', 5], ['k', 'fs', [null]], [5, 'fs', 'a'], ['k', 5, 'a']]) {
    await outcome('set', loose.hImportSet?.(...args) as Promise<unknown>);
  }
  for (const args of [[], [5], [null], [['fs']]]) await outcome('discard', loose.hImportDiscard?.(...args) as Promise<unknown>);
  await outcome('set', one.hImportSet('k', 'fs', '1'));
});

compared('what was never sent changes nothing', async (one, { outcome }) => {
  await one.hImportPrepare('fs', 'a');
  const aborted = one.withAbortSignal(AbortSignal.abort());
  await outcome('prepare', aborted.hImportPrepare('gs', 'a'));
  await outcome('prepare', aborted.hImportPrepare('fs', ['a', 'b']));
  await outcome('discard', aborted.hImportDiscard('fs'));
  await outcome('all', aborted.hImportDiscardAll());
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  await outcome('all', one.hImportDiscardAll());
});

compared('what was taken back changes nothing', async (one, { outcome }) => {
  await one.hImportPrepare('fs', 'a');
  const aborted = async (call: (client: Client) => Promise<unknown>): Promise<void> => {
    const controller = new AbortController();
    const noted = outcome('aborted', call(one.withAbortSignal(controller.signal)));
    controller.abort();
    await noted;
  };
  await aborted((client) => client.hImportPrepare('gs', 'a'));
  await aborted((client) => client.hImportPrepare('fs', ['a', 'b']));
  await aborted((client) => client.hImportDiscard('fs'));
  await outcome('import', one.hImportSet('k', 'fs', '1'));
  await aborted((client) => client.hImportDiscardAll());
  await outcome('all', one.hImportDiscardAll());
});

// Where npm redis 6.3.1 does something that looks like a defect.

compared('both of two are refused', async (one, rig) => {
  await one.hImportPrepare('fs', 'z');
  rig.refuse = times(2, 'HIMPORT PREPARE');
  await Promise.allSettled([one.hImportPrepare('fs', 'a'), one.hImportPrepare('fs', ['b', 'c'])]);
  await rig.outcome('import', one.hImportSet('k', 'fs', '1'));
}, {
  reason: 'npm redis goes back to the first of them, which was refused too',
  ours: [
    [0, 'HIMPORT PREPARE fs z'], [0, 'HIMPORT PREPARE fs a'], [0, 'HIMPORT PREPARE fs b c'],
    [0, 'HIMPORT PREPARE fs z'], [0, 'HIMPORT SET k fs 1'], ['import', 'OK'],
  ],
});

compared('a client that is opened again', async (one, { outcome }) => {
  await one.hImportPrepare('fs', 'a');
  await one.close();
  await one.connect();
  await outcome('import', one.hImportSet('k', 'fs', '1'));
}, {
  reason: 'npm redis imports first, and prepares when the server has said that there is no fieldset',
  ours: [[0, 'HIMPORT PREPARE fs a'], [1, 'HIMPORT PREPARE fs a'], [1, 'HIMPORT SET k fs 1'], ['import', 'OK']],
});

compared('names that are no UTF-8, and fields that change', async (one, { outcome }) => {
  const field = Buffer.from('a');
  await one.hImportPrepare(Buffer.from([255]), [field]);
  await one.hImportPrepare(Buffer.from([254]), ['a']);
  field[0] = 0x41;
  await one.reset();
  await outcome('import', one.hImportSet('k', Buffer.from([255]), '1'));
  await outcome('all', one.hImportDiscardAll());
}, {
  reason: 'npm redis takes both names for one, and sends the fields as they are now',
  ours: [
    [0, 'HIMPORT PREPARE ÿ a'], [0, 'HIMPORT PREPARE þ a'], [0, 'RESET'],
    [0, 'HIMPORT PREPARE ÿ a'], [0, 'HIMPORT SET k ÿ 1'], ['import', 'OK'], [0, 'HIMPORT DISCARDALL'], ['all', 2],
  ],
});

compared('counts under a mapping', async (one, { lib, outcome }) => {
  const text = one.withTypeMapping({ [lib.RESP_TYPES.NUMBER]: String });
  await text.hImportPrepare('fs', 'a');
  await outcome('discard', text.hImportDiscard('fs'));
  await outcome('all', text.hImportDiscardAll());
}, {
  reason: 'npm redis declares text under this mapping and gives numbers',
  ours: [
    [0, 'HIMPORT PREPARE fs a'], [0, 'HIMPORT DISCARD fs'], ['discard', '1'], [0, 'HIMPORT DISCARDALL'], ['all', '0'],
  ],
});
