/**
 * HIMPORT on a cluster. Servers keep fieldsets per connection, so each node's client knows which its connection has, and the registry is
 * shared by the cluster and the clients of its nodes.
 */
import { encodeWords } from '../../client/encoding/encoded-command';
import type { CommandOptions } from '../../client/options/command-options';
import {
  attachHImportMethods, canPrepareAgain, discardOn, encodeHImport, fieldsetsOf, prepareOn, setOn, type FieldsetSource, type HImportMethods,
} from '../../client/run/himport';
import { fieldsetName } from '../../client/run/himport-fieldsets';
import type { CommandTarget } from '../../client/run/runner';
import { himport } from '../../commands/himport';
import { CallLimits } from '../../wire/call-limits';
import type { RedisArgument } from '../../wire/command-parser';
import { hashSlotOf } from '../../wire/hash-slot';
import type { EncodedCommand } from '../../wire/link-types';
import type { RoutingNode } from './executor';
import { withoutNodes } from './fan-out';
import { onOwner, type NodeClient, type OwnerExecutor } from './owner';

/** What HIMPORT needs of a cluster. */
export interface FieldsetExecutor<NODE extends RoutingNode = RoutingNode> extends OwnerExecutor<NODE> {
  readonly primaries: readonly NODE[];
  /** Returns the client of a node, which shares the fieldsets of the cluster (`shareFieldsets(cluster, client)`). */
  clientOf(node: NODE): NodeClient;
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

/** The node's client as one with these command options. */
function withOptions(client: NodeClient, options: CommandOptions): CommandTarget {
  return { _self: client, _commandOptions: options };
}

function clientsOf(cluster: FieldsetCluster): CommandTarget[] {
  const { _executor: executor } = cluster._self;
  return executor.primaries.map((node) => withOptions(executor.clientOf(node), cluster._commandOptions));
}

async function prepare(cluster: FieldsetCluster, args: [fieldset: RedisArgument]): Promise<unknown> {
  const command = encodeHImport(sourceOf(cluster), himport.hImportPrepare, args);
  const clients = clientsOf(cluster);
  return clients.length === 0 ? withoutNodes(command.name) : prepareOn(fieldsetsOf(cluster), clients, fieldsetName(args[0]), command);
}

async function set(cluster: FieldsetCluster, args: [key: RedisArgument, fieldset: RedisArgument]): Promise<unknown> {
  const command = encodeHImport(sourceOf(cluster), himport.hImportSet, args);
  const name = fieldsetName(args[1]);
  const { _self: { _executor: executor }, _commandOptions: options } = cluster;
  const limits = new CallLimits(command.name, options);
  const tried = (): Promise<unknown> => onOwner(executor, hashSlotOf(command), limits, (client, left, isAsking) =>
    setOn(withOptions(client, left), name, command, isAsking ? [asking ??= encodeWords(['ASKING'])] : []));
  try {
    return await tried();
  } catch (error) {
    if (!canPrepareAgain(fieldsetsOf(cluster), name, error)) throw error;
    return tried();
  }
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
