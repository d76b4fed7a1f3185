/** Attaches commands to clusters as methods. */
import { COMMAND_TABLE } from '../commands';
import { attachCommands, attachNamed, attachNamespaces, methodMaker, onReceiver, type Invocation } from '../commands/attach';
import { functionCommands } from '../commands/function';
import { hotkeys } from '../commands/hotkeys';
import type { CommandOptions } from '../client/options/command-options';
import type { ClassConfig } from '../client/api/client-class';
import { scriptMethod } from '../client/run/script-execution';
import type { RedisScript } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { CommandEncoder } from '../wire/encoder';
import type { ClusterRunner } from './cluster-runner';

/** A cluster or a proxy of one. */
export interface ClusterTarget {
  readonly _self: { readonly _keyPrefix: RedisArgument | undefined; readonly _runner: ClusterRunner };
  readonly _commandOptions: CommandOptions;
}

const invocation: Invocation<ClusterTarget> = {
  begin: ({ _self: self }) => self._runner.begin(self._keyPrefix),
  submit: (cluster, encoder, command) => cluster._self._runner.run(encoder as CommandEncoder, command, cluster._commandOptions),
  refuse: (_cluster, error) => Promise.reject(error),
};

const make = methodMaker(invocation);
const makeNamespaced = methodMaker(onReceiver(invocation));

/** Defines the methods of all commands, except those that `prototype` already has. */
export function attachClusterCommands(prototype: object): void {
  const own = Object.getOwnPropertyDescriptors(prototype);
  const table = Object.fromEntries(Object.entries(COMMAND_TABLE).filter(([name]) => !(name in hotkeys)));
  attachCommands(prototype, table, make);
  Object.defineProperties(prototype, own);
}

/** Defines the methods of modules, functions and scripts. */
export function attachClusterConfig(cluster: object, { modules, functions, scripts }: ClassConfig): void {
  if (modules) attachNamespaces(cluster, modules, makeNamespaced);
  if (functions) attachNamespaces(cluster, functionCommands(functions), makeNamespaced);
  if (scripts) attachNamed(cluster, scripts, (script) => scriptMethod<ClusterTarget>(script as RedisScript,
    (target, encoded) => target._self._runner.send(encoded, target._commandOptions)));
}
