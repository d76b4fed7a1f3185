/** Sends a command to several nodes and merges their replies. */
import type { CommandOptions } from '../../client/options/command-options';
import { takeEncoded } from '../../client/encoding/encoded-command';
import type { CommandMetadata } from '../../commands/metadata';
import { plainError, refusedCommand } from '../../errors';
import type { Command } from '../../wire/command';
import type { CommandEncoder } from '../../wire/encoder';
import type { EncodedCommand } from '../../wire/link-types';
import { aggregateOf, isNumeric, mapNumbers, type Aggregate } from './aggregation';
import type { ClusterExecutor, RoutingNode } from './executor';
import type { Route } from './route';

/** Returns the rejection for a command that no node can run. */
export function withoutNodes(name: string): Promise<never> {
  return Promise.reject(refusedCommand(plainError('The cluster has no primary node', 'OXREDIS_NO_PRIMARY'), name));
}

/** The route of commands with the request policies `all_shards` (all primaries) and `all_nodes` (replicas, too). */
export class FanOutRoute implements Route {
  readonly #name: string;
  readonly #toReplicas: boolean;
  readonly #oneSuffices: boolean;
  readonly #isNumeric: boolean;
  readonly #merge: Aggregate;

  constructor(name: string, { requestPolicy, responsePolicy }: CommandMetadata) {
    this.#name = name;
    this.#toReplicas = requestPolicy === 'all_nodes';
    this.#oneSuffices = responsePolicy === 'one_succeeded';
    this.#isNumeric = isNumeric(responsePolicy);
    this.#merge = aggregateOf(responsePolicy);
  }

  run(executor: ClusterExecutor, encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    const refused = executor.parts.admit(encoder, options, this.#name);
    if (refused !== undefined) return refused;
    return this.runEncoded(executor, takeEncoded(encoder, command), options);
  }

  /** Runs an encoded command. */
  async runEncoded(executor: ClusterExecutor, encoded: EncodedCommand, options: CommandOptions): Promise<unknown> {
    const nodes = this.#toReplicas ? executor.nodes : executor.primaries;
    if (nodes.length === 0) return withoutNodes(this.#name);
    // Computing needs numbers, whatever the caller wants them mapped to.
    const sent = this.#isNumeric && options.typeMapping !== undefined ? { ...options, typeMapping: undefined } : options;
    const replies = nodes.map((node) => sendTo(executor, node, encoded, sent));
    if (this.#oneSuffices) return firstSuccess(replies);
    const result = this.#merge(await allReplies(replies));
    return this.#isNumeric ? mapNumbers(result, options.typeMapping) : result;
  }
}

/** Sends a command to a node. Errors that the executor throws become rejections, so that no other node's reply is lost. */
async function sendTo(executor: ClusterExecutor, node: RoutingNode, encoded: EncodedCommand, options: CommandOptions): Promise<unknown> {
  return executor.sendTo(node, encoded, options);
}

/**
 * Resolves to all replies. @throws (rejects) the first of the errors when all have settled: what is written after a rejection must not
 * be overtaken by a command that waits for another node
 */
export async function allReplies(replies: readonly Promise<unknown>[]): Promise<unknown[]> {
  await Promise.allSettled(replies);
  return Promise.all(replies);
}

/** Resolves to the first reply. @throws (rejects) the first node's error if all failed: an AggregateError would hide its kind */
async function firstSuccess(replies: readonly Promise<unknown>[]): Promise<unknown> {
  try {
    return await Promise.any(replies);
  } catch (error) {
    throw (error as AggregateError).errors[0];
  }
}
