/** Attaches commands to pools as methods, and decides which of them share a client and which get one exclusively. */
import { COMMAND_TABLE } from '../commands';
import {
  attachCommands, attachNamed, attachNamespaces, methodMaker, onReceiver, type Invocation, type MakeMethod, type Method,
} from '../commands/attach';
import type { AnyBuiltInCommand } from '../commands/command';
import { functionCommands } from '../commands/function';
import { himport } from '../commands/himport';
import { hotkeys } from '../commands/hotkeys';
import type { CommandOptions } from '../client/options/command-options';
import type { ClassConfig } from '../client/api/client-class';
import { scriptMethod } from '../client/run/script-execution';
import type { Command, RedisScript } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { CommandEncoder } from '../wire/encoder';
import type { PoolCore } from './pool-core';
import type { PoolRunner } from './pool-runner';
import { withOptions, type PooledClient } from './pooled-client';
import { SESSION_METHODS, needsOwnConnection, waits } from './session-state';

/** A pool or a proxy of one. */
export interface PoolTarget {
  readonly _self: { readonly _keyPrefix: RedisArgument | undefined; readonly _core: PoolCore; readonly _runner: PoolRunner };
  readonly _commandOptions: CommandOptions;
}

const sharing: Invocation<PoolTarget> = {
  begin: ({ _self: self }) => self._runner.begin(self._keyPrefix),
  submit: (pool, encoder, command) => pool._self._runner.run(encoder as CommandEncoder, command, pool._commandOptions),
  refuse: (_pool, error) => Promise.reject(error),
};

const exclusive: Invocation<PoolTarget> = {
  ...sharing,
  submit: (pool, encoder, command) => pool._self._runner.runExclusive(encoder as CommandEncoder, command, pool._commandOptions),
};

/** Decides by the words of a command: for commands that may block (BLOCK option), and for commands of users. */
const byWords: Invocation<PoolTarget> = {
  ...sharing,
  submit: (pool, encoder, command) =>
    (needsOwnConnection(encoder.redisArgs) ? exclusive : sharing).submit(pool, encoder, command),
};

type Makers = Readonly<Record<'sharing' | 'exclusive' | 'byWords', MakeMethod>>;

const makers: Makers = { sharing: methodMaker(sharing), exclusive: methodMaker(exclusive), byWords: methodMaker(byWords) };
const namespaceMakers: Makers = {
  sharing: methodMaker(onReceiver(sharing)),
  exclusive: methodMaker(onReceiver(exclusive)),
  byWords: methodMaker(onReceiver(byWords)),
};

/** Returns a method maker that makes this decision once per command where possible, instead of once per call. */
function makerFor({ sharing: share, exclusive: own, byWords: decide }: Makers): MakeMethod {
  return (command: Command, name) => {
    const answer = command.name === undefined ? 'sometimes' : waits(command.name);
    const make = answer === 'sometimes' ? decide : answer ? own : share;
    return make(command, name);
  };
}

type Methods = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** Returns a pool method for a method that clients implement themselves. */
function memberMethod(name: string, run: 'share' | 'lend', wireName: string | undefined): Method {
  return function (this: PoolTarget, ...args: unknown[]): Promise<unknown> {
    const options = this._commandOptions;
    const call = (client: PooledClient): Promise<unknown> =>
      ((withOptions(client, options) as unknown as Methods)[name] as Methods[string])(...args);
    return this._self._core.lending[run](call, wireName);
  };
}

function attachBoth(prototype: object, name: string, { upper }: AnyBuiltInCommand, value: Method): void {
  for (const word of [name, upper]) Object.defineProperty(prototype, word, { value, configurable: true, writable: true });
}

/** Defines the methods of all commands, except those that `prototype` already has. */
export function attachPoolCommands(prototype: object): void {
  const own = Object.getOwnPropertyDescriptors(prototype);
  const table = Object.fromEntries(Object.entries(COMMAND_TABLE).filter(([name]) => !(name in hotkeys)));
  attachCommands(prototype, table, makerFor(makers));
  for (const name of Object.keys(himport)) attachBoth(prototype, name, table[name] as AnyBuiltInCommand, memberMethod(name, 'share', table[name]?.name));
  // Their session changes are undone when the client is returned, as after any task.
  for (const name of SESSION_METHODS) attachBoth(prototype, name, table[name] as AnyBuiltInCommand, memberMethod(name, 'lend', table[name]?.name));
  Object.defineProperties(prototype, own);
}

/** Defines the methods of modules, functions and scripts. */
export function attachPoolConfig(prototype: object, { modules, functions, scripts }: ClassConfig): void {
  if (modules) attachNamespaces(prototype, modules, makerFor(namespaceMakers));
  if (functions) attachNamespaces(prototype, functionCommands(functions), makerFor(namespaceMakers));
  if (scripts) attachNamed(prototype, scripts, (script) => scriptMethod<PoolTarget>(script as RedisScript,
    (pool, encoded) => pool._self._runner.runEncoded(encoded, pool._commandOptions)));
}
