/**
 * HIMPORT on a cluster. Servers keep fieldsets per connection, so each node's client knows which its connection has, and the registry is
 * shared by the cluster and the clients of its nodes.
 */
import { encodeWords } from '../../client/encoding/encoded-command';
import type { CommandOptions } from '../../client/options/command-options';
import {
  attachHImportMethods, discardOn, encodeHImport, fieldsetsOf, prepareOn, setOn, type FieldsetSource, type HImportMethods,
} from '../../client/run/himport';
import { fieldsetName } from '../../client/run/himport-fieldsets';
import type { CommandTarget } from '../../client/run/runner';
import { himport } from '../../commands/himport';
import type { RedisArgument } from '../../wire/command-parser';
import { hashSlotOf } from '../../wire/hash-slot';
import type { EncodedCommand } from '../../wire/link-types';
import type { ClusterExecutor, RoutingNode } from './executor';
import { withoutNodes } from './fan-out';

/** The client of a node, on the node's link. It must share the fieldsets of the cluster (`shareFieldsets(cluster, client)`). */
export type NodeClient = CommandTarget['_self'];

/** What HIMPORT needs of a cluster beyond routing. */
export interface FieldsetExecutor<NODE extends RoutingNode = RoutingNode> extends Pick<ClusterExecutor<NODE>, 'primaries' | 'parts'> {
  /** Returns the client of a node; it is made if there is none yet. */
  clientOf(node: NODE): NodeClient;
  /**
   * Calls `run` with the client of the slot's owner, and again while it rejects with a redirection or a refusal that a cluster repeats
   * commands for.
   *
   * @param run `isAsking`: ASK named this node, so that ASKING must be sent right before the command
   * @throws (rejects) the last error of `run`
   */
  onOwner<T>(slot: number, options: CommandOptions, run: (client: NodeClient, isAsking: boolean) => Promise<T>): Promise<T>;
}

/** A cluster, or a proxy of one with other command options. */
export interface FieldsetCluster {
  readonly _self: { readonly _executor: FieldsetExecutor; readonly _keyPrefix: RedisArgument | undefined };
  readonly _commandOptions: CommandOptions;
}

let asking: EncodedCommand | undefined;

function sourceOf({ _self: { _executor: { parts }, _keyPrefix: keyPrefix } }: FieldsetCluster): FieldsetSource {
  return { keyPrefix, refusal: (bytes) => parts.refusal(bytes) };
}

/** The node's client as one with the command options of the cluster. */
function withOptionsOf({ _commandOptions }: FieldsetCluster, client: NodeClient): CommandTarget {
  return { _self: client, _commandOptions };
}

function clientsOf(cluster: FieldsetCluster): CommandTarget[] {
  const { _executor: executor } = cluster._self;
  return executor.primaries.map((node) => withOptionsOf(cluster, executor.clientOf(node)));
}

async function prepare(cluster: FieldsetCluster, args: [fieldset: RedisArgument]): Promise<unknown> {
  const command = encodeHImport(sourceOf(cluster), himport.hImportPrepare, args);
  const clients = clientsOf(cluster);
  return clients.length === 0 ? withoutNodes(command.name) : prepareOn(fieldsetsOf(cluster), clients, fieldsetName(args[0]), command);
}

async function set(cluster: FieldsetCluster, args: [key: RedisArgument, fieldset: RedisArgument]): Promise<unknown> {
  const command = encodeHImport(sourceOf(cluster), himport.hImportSet, args);
  const name = fieldsetName(args[1]);
  return cluster._self._executor.onOwner(hashSlotOf(command), cluster._commandOptions, (client, isAsking) =>
    setOn(withOptionsOf(cluster, client), name, command, isAsking ? [asking ??= encodeWords(['ASKING'])] : []));
}

async function discard(cluster: FieldsetCluster, args: [fieldset: RedisArgument]): Promise<unknown> {
  return discarded(cluster, encodeHImport(sourceOf(cluster), himport.hImportDiscard, args), fieldsetName(args[0]));
}

async function discardAll(cluster: FieldsetCluster, args: unknown[]): Promise<unknown> {
  return discarded(cluster, encodeHImport(sourceOf(cluster), himport.hImportDiscardAll, args), undefined);
}

function discarded(cluster: FieldsetCluster, command: EncodedCommand, name: string | undefined): Promise<unknown> {
  const clients = clientsOf(cluster);
  if (clients.length === 0) return withoutNodes(command.name);
  return discardOn(fieldsetsOf(cluster), clients, name, command, cluster._commandOptions.typeMapping);
}

const METHODS: HImportMethods<FieldsetCluster> = {
  hImportPrepare: prepare, hImportSet: set, hImportDiscard: discard, hImportDiscardAll: discardAll,
};

/** Defines the methods of HIMPORT on the prototype of clusters, in place of the plain commands. */
export function attachClusterHImport(prototype: object): void {
  attachHImportMethods(prototype, METHODS);
}
