/** SCAN over all primaries of a cluster, one after the other. */
import { takeEncoded } from '../../client/encoding/encoded-command';
import type { CommandOptions } from '../../client/options/command-options';
import { plainError, refusedCommand } from '../../errors';
import { CallLimits } from '../../wire/call-limits';
import type { Command } from '../../wire/command';
import type { CommandEncoder } from '../../wire/encoder';
import type { EncodedCommand } from '../../wire/link-types';
import type { ClusterExecutor, RoutingNode } from './executor';
import { withoutNodes } from './fan-out';
import { isRepeated } from './owner';
import { replaceWord, wordOf } from './words';
import type { Route } from './route';
import { NO_SLOTS, both, membership, rangesWhere, type SlotRanges } from './slot-ranges';

/** The cursor that begins a scan, and that a server replies at its end. */
const ENDS = '0';

/**
 * A scan in progress. It keeps account of slots rather than nodes, so that it is complete although slots move meanwhile: a slot is done
 * when a node has been scanned from start to end and had it all the time. What is not done is scanned on its present owner, from the
 * start, so that keys may be returned twice, as with SCAN on one server.
 */
export class ClusterScan {
  /** The cursor on the present node. */
  #cursor: string = ENDS;
  #node: RoutingNode | undefined;
  /** The slots that the present node had whenever a page was read. */
  #had: SlotRanges = NO_SLOTS;
  /** The layout that `#had` was last compared with. */
  #layout = 0;
  #done: SlotRanges = NO_SLOTS;

  /** @param name of the command, for errors @param cursorIndex the index of the cursor among the words */
  constructor(readonly name: string, readonly cursorIndex: number) {}

  /**
   * Reads the next page. If the node is lost, that is tried again on the owner of its slots, until the timeout of the command.
   * Its deadline counts for all attempts together.
   *
   * @param encoded the command with any cursor
   * @returns the reply, with the server's cursor in it, and whether the scan has ended
   * @throws (rejects) the error of the node; the next call tries again
   */
  async page(executor: ClusterExecutor, encoded: EncodedCommand, options: CommandOptions): Promise<{ reply: unknown; hasEnded: boolean }> {
    const limits = new CallLimits(this.name, options);
    for (;;) {
      const node = this.#current(executor);
      if (node === undefined) return withoutNodes(this.name);
      const cursor = this.#cursor;
      try {
        const reply = await executor.sendTo(node, replaceWord(encoded, this.cursorIndex, cursor), limits.next());
        return { reply, hasEnded: this.#turn(executor, node, cursor, cursorOf(reply)) };
      } catch (error) {
        if (!isRepeated(executor, error, true) || !limits.isLeft) throw error;
        await limits.pause(error as Error);
      }
    }
  }

  /** The page at `cursor` was read; `next` is the one after it. @returns whether the scan has ended */
  #turn(executor: ClusterExecutor, node: RoutingNode, cursor: string, next: string): boolean {
    // Two calls at once with one cursor: the first one has moved on.
    if (this.#node?.address !== node.address || this.#cursor !== cursor) return this.#node === undefined;
    if (this.#layout !== executor.layoutVersion) this.#compare(executor, node);
    if (next !== ENDS) {
      this.#cursor = next;
      return false;
    }
    this.#done = both(this.#done, this.#had);
    return this.#begin(executor) === undefined;
  }

  /** The node of the next page. One that has left the cluster, or serves no longer as primary, is replaced. */
  #current(executor: ClusterExecutor): RoutingNode | undefined {
    const address = this.#node?.address;
    const node = address === undefined ? undefined : executor.primaries.find((primary) => primary.address === address);
    return node ?? this.#begin(executor);
  }

  /** Starts with the owner of the first slot that is not done. */
  #begin(executor: ClusterExecutor): RoutingNode | undefined {
    this.#cursor = ENDS;
    const done = membership(this.#done);
    let node: RoutingNode | undefined;
    for (let slot = 0; slot < done.length && node === undefined; slot++) if (done[slot] === 0) node = executor.primaryOf(slot);
    this.#node = node;
    this.#layout = executor.layoutVersion;
    this.#had = node === undefined ? NO_SLOTS : rangesWhere((slot) => executor.primaryOf(slot)?.address === node.address);
    return node;
  }

  /** Slots have moved: some of the node's may be gone. */
  #compare(executor: ClusterExecutor, { address }: RoutingNode): void {
    const had = membership(this.#had);
    this.#had = rangesWhere((slot) => had[slot] === 1 && executor.primaryOf(slot)?.address === address);
    this.#layout = executor.layoutVersion;
  }
}

/** The route of SCAN and its kin: its cursors belong to the cluster. */
export class ScanRoute implements Route {
  readonly #name: string;
  readonly #cursorIndex: number;

  constructor(name: string) {
    this.#name = name;
    this.#cursorIndex = name.split(' ').length;
  }

  run(executor: ClusterExecutor, encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    // Without a cursor, the server tells what is wrong.
    if (encoder.argc <= this.#cursorIndex) return executor.run(encoder, command, options);
    return executor.parts.admit(encoder, options, this.#name) ?? this.#page(executor, takeEncoded(encoder, command), options);
  }

  async #page(executor: ClusterExecutor, encoded: EncodedCommand, options: CommandOptions): Promise<unknown> {
    const { cursors } = executor;
    const given = wordOf(encoded, this.#cursorIndex);
    const scan = given === ENDS ? new ClusterScan(this.#name, this.#cursorIndex) : resumed(executor, this.#name, given);
    const { reply, hasEnded } = await scan.page(executor, encoded, options);
    if (!hasEnded) return withCursor(reply, given === ENDS ? cursors.add(scan) : given);
    cursors.delete(given);
    return withCursor(reply, ENDS);
  }
}

/** Returns the scan of a cursor. @throws Error if the cursor is unknown, or belongs to another command */
export function resumed({ cursors }: ClusterExecutor, name: string, cursor: string): ClusterScan {
  const scan = cursors.use(cursor, ClusterScan);
  if (scan?.name !== name) throw refusedCommand(unknownCursor(name, cursor), name);
  return scan;
}

function unknownCursor(name: string, cursor: string): Error {
  return plainError(
    `${name}: unknown cursor "${cursor}". A cluster client knows only the cursors that it has given out itself, for five minutes after `
      + 'their last use: restart the scan from 0.',
    'OXREDIS_UNKNOWN_CURSOR',
  );
}

/** The cursor of a reply: transformed, or as the server sends it. */
function cursorOf(reply: unknown): string {
  const cursor = Array.isArray(reply) ? reply[0] as unknown : (reply as { cursor?: unknown } | null)?.cursor;
  return cursor === undefined || cursor === null ? ENDS : String(cursor);
}

/** The reply with this cursor, as a Buffer if it was one. */
function withCursor(reply: unknown, cursor: string): unknown {
  const typed = (original: unknown): unknown => (Buffer.isBuffer(original) ? Buffer.from(cursor) : cursor);
  if (Array.isArray(reply)) return [typed(reply[0]), ...reply.slice(1) as unknown[]];
  return { ...reply as object, cursor: typed((reply as { cursor?: unknown } | null)?.cursor) };
}
