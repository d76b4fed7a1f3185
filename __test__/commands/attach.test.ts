import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COMMAND_TABLE } from '../../lib/commands';
import {
  attachCommands, attachNamed, attachNamespaces, methodMaker, onReceiver, type Invocation, type Namespace,
} from '../../lib/commands/attach';
import type { AnyBuiltInCommand } from '../../lib/commands/command';
import { functionCommands } from '../../lib/commands/function';
import { defineScript, scriptCommands, scriptSha1 } from '../../lib/commands/script';
import type { Command } from '../../lib/wire/command';
import { BasicCommandParser, type CommandParser } from '../../lib/wire/command-parser';

type Words = (string | Buffer)[];

class Recorder {
  sent: Words[] = [];
}

const invocation: Invocation<Recorder> = {
  begin: () => new BasicCommandParser('p:'),
  submit: (target, parser) => target.sent.push(parser.redisArgs as Words),
  refuse: (_target, error) => `refused: ${(error as Error).message}`,
};

/** A class of its own, so that tests do not share a prototype. */
function recorder(attach: (prototype: object) => void): Recorder & Record<string, (...args: unknown[]) => unknown> {
  class Attached extends Recorder {}
  attach(Attached.prototype);
  return new Attached() as never;
}

const greet: Command = {
  parseCommand: (parser: CommandParser, name: string, greeting = 'hello') => parser.push('GREET', greeting, name),
};

describe('attachment', () => {
  test('built-in commands get both names, not enumerable, with the class behind them', () => {
    const target = recorder(prototype => attachCommands(prototype, COMMAND_TABLE, methodMaker(invocation)));
    target.hGet('h', 'f');
    target.HGET('h', 'f');
    target.XINFO_STREAM('s');
    target.CONFIG_RESETASTAT();
    target['CLIENT_NO-EVICT'](true);
    assert.deepEqual(target.sent, [
      ['HGET', 'p:h', 'f'], ['HGET', 'p:h', 'f'], ['XINFO', 'STREAM', 'p:s'], ['CONFIG', 'RESETSTAT'], ['CLIENT', 'NO-EVICT', 'ON'],
    ]);
    assert.equal(target.hGet, target.HGET);
    const visible: string[] = [];
    for (const name in target) visible.push(name);
    assert.deepEqual(visible, ['sent']);
  });

  test('bad arguments are refused, and defaulted parameters of user commands work', () => {
    const maker = methodMaker(invocation);
    const target = recorder(prototype => {
      attachCommands(prototype, { mSet: COMMAND_TABLE.mSet }, maker);
      attachNamed(prototype, { greet }, maker);
    });
    assert.equal(target.mSet([]), 'refused: empty toSet Argument');
    target.greet('you');
    target.greet('you', 'bye');
    assert.deepEqual(target.sent, [['GREET', 'hello', 'you'], ['GREET', 'bye', 'you']]);
    assert.equal('GREET' in target, false);
  });

  test('a namespace belongs to the object it was read from', () => {
    const target = recorder(prototype => attachNamespaces(prototype, { app: { greet } }, methodMaker(onReceiver(invocation))));
    const namespace = target.app as unknown as Namespace<Recorder> & Record<string, (...args: unknown[]) => unknown>;
    assert.equal(target.app, namespace as never);
    const proxy = Object.create(target, { sent: { value: [] } }) as typeof target;
    assert.equal((proxy.app as unknown as typeof namespace).receiver, proxy);
    (proxy.app as unknown as typeof namespace).greet('proxy');
    namespace.greet('target');
    assert.deepEqual(proxy.sent, [['GREET', 'hello', 'proxy']]);
    assert.deepEqual(target.sent, [['GREET', 'hello', 'target']]);
    assert.equal(target.app, namespace as never);
  });

  test('600 commands under two names each: little time, little memory, fast calls', () => {
    const rows = Object.values(COMMAND_TABLE);
    const table: Record<string, AnyBuiltInCommand> = {};
    for (let i = 0; i < 600; i++) table[`command${i}`] = { ...rows[i % rows.length], upper: `COMMAND_${i}` };
    const times: number[] = [];
    for (let round = 0; round < 5; round++) {
      const start = process.hrtime.bigint();
      recorder(prototype => attachCommands(prototype, table, methodMaker(invocation)));
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
    // Measured 0.9 ms; a machine that is busy with other tests is allowed much more. Quadratic attachment takes 40 ms.
    assert.ok(Math.min(...times) < 5, `took ${times.join(', ')} ms`);
  });
});

const half: Pick<Command, 'parseCommand'> = {
  parseCommand: (parser: CommandParser, key: string, amount: number) => {
    parser.pushKey(key);
    parser.push(amount.toString());
  },
};

function words(command: Command, ...args: unknown[]): Words {
  const parser = new BasicCommandParser('p:');
  (command.parseCommand as (parser: CommandParser, ...args: unknown[]) => void)(parser, ...args);
  return parser.redisArgs;
}

describe('scripts', () => {
  const SCRIPT = 'return redis.call("INCRBY", KEYS[1], ARGV[1])';
  const SHA = '7eaae1e8d7b8b4b1aa1fe4be7c2f4cbdf3f4a9a0';

  test('defineScript adds the SHA-1 of text or bytes and keeps the rest', () => {
    const script = defineScript({ SCRIPT: 'return 1', NUMBER_OF_KEYS: 0, ...half });
    assert.equal(script.SHA1, 'e0e1f9fabfc9d4800c877a703b823ac0578ff8db');
    assert.equal(scriptSha1(Buffer.from('return 1')), script.SHA1);
    assert.equal(script.parseCommand, half.parseCommand);
  });

  test('a script runs by its SHA-1 or with its text', () => {
    const { bySha, byText } = scriptCommands({ SCRIPT, SHA1: SHA, NUMBER_OF_KEYS: 1, ...half });
    assert.deepEqual(words(bySha, 'k', 2), ['EVALSHA', SHA, '1', 'p:k', '2']);
    assert.deepEqual(words(byText, 'k', 2), ['EVAL', SCRIPT, '1', 'p:k', '2']);
  });

  test('a read-only script runs as EVALSHA_RO, and with its text as plain EVAL', () => {
    const { bySha, byText } = scriptCommands({ SCRIPT, SHA1: SHA, NUMBER_OF_KEYS: 1, IS_READ_ONLY: true, ...half });
    assert.equal(words(bySha, 'k', 2)[0], 'EVALSHA_RO');
    assert.equal(words(byText, 'k', 2)[0], 'EVAL');
  });

  test('without NUMBER_OF_KEYS the script writes the number itself', () => {
    const parseCommand = (parser: CommandParser, ...keys: string[]): void => parser.pushKeysLength(keys);
    const { bySha } = scriptCommands({ SCRIPT, SHA1: SHA, parseCommand });
    assert.deepEqual(words(bySha, 'a', 'b'), ['EVALSHA', SHA, '2', 'p:a', 'p:b']);
  });

  test('the transform stays with the script', () => {
    const transformReply = (reply: never): unknown => reply;
    assert.equal(scriptCommands({ SCRIPT, SHA1: SHA, transformReply, ...half }).bySha.transformReply, transformReply);
  });
});

test('functions are called by their name in the table', () => {
  const { lib } = functionCommands({
    lib: { add: { NUMBER_OF_KEYS: 1, ...half }, peek: { NUMBER_OF_KEYS: 1, IS_READ_ONLY: true, ...half }, open: { ...half } },
  });
  assert.deepEqual(words(lib.add, 'k', 2), ['FCALL', 'add', '1', 'p:k', '2']);
  assert.deepEqual(words(lib.peek, 'k', 2), ['FCALL_RO', 'peek', '1', 'p:k', '2']);
  assert.deepEqual(words(lib.open, 'k', 2), ['FCALL', 'open', 'p:k', '2']);
});
