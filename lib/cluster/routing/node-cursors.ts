/** Cursors of FT.AGGREGATE … WITHCURSOR: only the node that made a cursor knows it. */
import { takeEncoded } from '../../client/encoding/encoded-command';
import type { CommandOptions } from '../../client/options/command-options';
import { plainError, refusedCommand } from '../../errors';
import type { Command } from '../../wire/command';
import type { CommandEncoder } from '../../wire/encoder';
import type { EncodedCommand } from '../../wire/link-types';
import type { ClusterExecutor } from './executor';
import { withoutNodes } from './fan-out';
import type { Route } from './route';
import { IDLE_LIMIT } from './virtual-cursors';
import { replaceWord, wordOf, wordsOf } from './words';

/** A cursor on a node. */
class NodeCursor {
  /** @param cursor the cursor as the node wrote it */
  constructor(readonly address: string, public cursor: string) {}
}

/** The route of the command that makes cursors. */
export class CursorMakerRoute implements Route {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  run(executor: ClusterExecutor, encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    return executor.parts.admit(encoder, options, this.#name) ?? this.#send(executor, takeEncoded(encoder, command), options);
  }

  async #send(executor: ClusterExecutor, encoded: EncodedCommand, options: CommandOptions): Promise<unknown> {
    const node = executor.randomPrimary();
    if (node === undefined) return withoutNodes(this.#name);
    const reply = await executor.sendTo(node, encoded, options);
    const words = wordsOf(encoded).map((word) => word.toUpperCase());
    if (!words.includes('WITHCURSOR')) return reply;
    const cursor = cursorOf(reply);
    if (cursor === undefined) return reply;
    const idleLimit = Number(words[words.indexOf('MAXIDLE') + 1]);
    const isLimited = words.includes('MAXIDLE') && idleLimit > 0;
    return withCursor(reply, executor.cursors.add(new NodeCursor(node.address, cursor), isLimited ? idleLimit : IDLE_LIMIT));
  }
}

/** The route of commands that read or delete such a cursor: the words are name, subcommand, index and cursor. */
export class NodeCursorRoute implements Route {
  readonly #name: string;
  readonly #cursorIndex: number;

  constructor(name: string) {
    this.#name = name;
    this.#cursorIndex = name.split(' ').length + 1;
  }

  run(executor: ClusterExecutor, encoder: CommandEncoder, command: Command | undefined, options: CommandOptions): Promise<unknown> {
    // Without a cursor, the server tells what is wrong.
    if (encoder.argc <= this.#cursorIndex) return executor.run(encoder, command, options);
    return executor.parts.admit(encoder, options, this.#name) ?? this.#send(executor, takeEncoded(encoder, command), options);
  }

  async #send(executor: ClusterExecutor, encoded: EncodedCommand, options: CommandOptions): Promise<unknown> {
    const { cursors, primaries } = executor;
    const given = wordOf(encoded, this.#cursorIndex);
    const held = cursors.use(given, NodeCursor);
    if (held === undefined) throw refusedCommand(unknownCursor(this.#name, given), encoded.name);
    const node = primaries.find(({ address }) => address === held.address);
    if (node === undefined) {
      cursors.delete(given);
      throw refusedCommand(nodeHasLeft(this.#name, given, held.address), encoded.name);
    }
    const reply = await executor.sendTo(node, replaceWord(encoded, this.#cursorIndex, held.cursor), options);
    const cursor = cursorOf(reply);
    if (cursor === undefined) {
      cursors.delete(given);
      return reply;
    }
    held.cursor = cursor;
    return withCursor(reply, given);
  }
}

function unknownCursor(name: string, cursor: string): Error {
  return plainError(
    `${name}: unknown cursor ${cursor}. A cluster client knows only the cursors of its own FT.AGGREGATE calls, until they are read to the `
      + 'end or idle for too long.',
    'OXREDIS_UNKNOWN_CURSOR',
  );
}

function nodeHasLeft(name: string, cursor: string, address: string): Error {
  return plainError(
    `${name}: the node ${address}, which has cursor ${cursor}, has left the cluster or is no longer a primary. Run FT.AGGREGATE again.`,
    'OXREDIS_CURSOR_LOST',
  );
}

/** The cursor of a reply, transformed or as the server sends it; `undefined` at the end, or if there is none. */
function cursorOf(reply: unknown): string | undefined {
  let cursor: unknown;
  if (Array.isArray(reply)) cursor = reply[1];
  else if (reply instanceof Map) cursor = reply.get('cursor');
  else if (typeof reply === 'object' && reply !== null) cursor = (reply as { cursor?: unknown }).cursor;
  if (typeof cursor !== 'number' && typeof cursor !== 'string') return undefined;
  return Number(cursor) === 0 ? undefined : String(cursor);
}

/** The reply with another cursor, which is a number or a text as before. */
function withCursor(reply: unknown, cursor: string): unknown {
  const typed = (original: unknown): unknown => (typeof original === 'number' ? Number(cursor) : cursor);
  if (Array.isArray(reply)) return reply.map((element: unknown, index) => (index === 1 ? typed(element) : element));
  if (reply instanceof Map) return new Map(reply).set('cursor', typed(reply.get('cursor')));
  return { ...reply as object, cursor: typed((reply as { cursor?: unknown }).cursor) };
}
