/** Attaches commands to clusters as methods. */
import { COMMAND_TABLE } from '../commands';
import { attachCommands, attachNamed, attachNamespaces, methodMaker, onReceiver, type Invocation, type MakeMethod } from '../commands/attach';
import { functionCommands } from '../commands/function';
import { hotkeys } from '../commands/hotkeys';
import type { CommandOptions } from '../client/options/command-options';
import type { ClassConfig } from '../client/api/client-class';
import { scriptMethod } from '../client/run/script-execution';
import type { RedisScript } from '../wire/command';
import type { RedisArgument } from '../wire/command-parser';
import type { CommandEncoder } from '../wire/encoder';
import type { ClusterRunner } from './cluster-runner';
import type { Route } from './routing/route';
import { routeOf } from './routing/routes';

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

/** Decides by the words of a command where it goes: for commands of users without a name, and names with several routes. */
const byWords: Invocation<ClusterTarget> = {
  ...invocation,
  submit: (cluster, encoder, command) => cluster._self._runner.runAny(encoder as CommandEncoder, command, cluster._commandOptions),
};

/** Runs a command that goes to several nodes, or to a certain one. */
function routed(route: Route): Invocation<ClusterTarget> {
  return {
    ...invocation,
    submit: (cluster, encoder, command) => cluster._self._runner.runRouted(route, encoder as CommandEncoder, command, cluster._commandOptions),
  };
}

/** Returns a maker that finds the route of each command once, instead of at each call. */
function makerFor(adapt: (invocation: Invocation<ClusterTarget>) => Invocation<never>): MakeMethod {
  const plain = methodMaker(adapt(invocation));
  return (command, name) => {
    if (command.name === undefined) return methodMaker(adapt(byWords))(command, name);
    const route = routeOf(command.name);
    return route === undefined ? plain(command, name) : methodMaker(adapt(routed(route)))(command, name);
  };
}

const make = makerFor((one) => one as Invocation<never>);
const makeNamespaced = makerFor((one) => onReceiver(one) as Invocation<never>);

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
