/** The interface between a client and its cache, common to caches of the engine and caches in JavaScript. */
import type { CachingClient, ClientSideCacheProvider } from '../../cache';
import type { Link, LinkRequests } from '../../wire/client-link';
import type { Command } from '../../wire/command';
import type { RedisArgument } from '../../wire/command-parser';
import type { CommandEncoder } from '../../wire/encoder';
import type { EncodedCommand } from '../../wire/link-types';
import type { CommandOptions } from '../options/command-options';

/** The runner whose commands go through a cache. */
export interface CachingRunner {
  /** The client, as providers see it. */
  readonly client: CachingClient;
  /** The options that the client was created with: a provider stores replies decoded with their type mapping. */
  readonly commandOptions: CommandOptions;
  /** The database in which commands sent now will run; `undefined` while it is being changed. */
  readonly database: number | undefined;
  readonly link: Pick<Link, 'isReady' | 'untrack'>;
  readonly requests: LinkRequests;
  /** Sends an encoded command. @throws Error if it is refused */
  runEncoded(command: EncodedCommand, options: CommandOptions): Promise<unknown>;
  /** Sends commands as one chain. @throws Error if they are refused */
  runChain(commands: readonly EncodedCommand[], options: CommandOptions): Promise<unknown>[];
}

/** Runs commands through a cache. */
export interface CachedExecution {
  /** The value of `client.clientSideCache`. */
  readonly provider: ClientSideCacheProvider;
  /** The id of the cache in the engine; `undefined` for a cache in JavaScript. */
  readonly engineCache: number | undefined;
  /** Returns the reply from the cache, or loads it; `undefined` if the command does not use the cache and must be sent by the caller. */
  run(runner: CachingRunner, encoder: CommandEncoder, command: Command, options: CommandOptions): Promise<unknown> | undefined;
  /** Sends a raw command, which may affect the cache. @param isSelecting whether the client itself changes its database with it */
  sendWords(
    runner: CachingRunner, encoder: CommandEncoder, words: readonly RedisArgument[], command: Command | undefined,
    options: CommandOptions, isSelecting: boolean,
  ): Promise<unknown>;
  /** Notes that a chain of encoded commands was sent. @param isSelecting as for {@link sendWords} */
  sentChain(
    runner: CachingRunner, commands: readonly EncodedCommand[], replies: readonly Promise<unknown>[], isSelecting: boolean,
  ): void;
  /** Handles an invalidation push. @param keys `null` for all keys */
  invalidated(keys: readonly Buffer[] | null): void;
  /** Notes that keys read before are no longer tracked: the connection was reset, or uses RESP2. */
  untracked(): void;
  /** Notes a new connection. */
  connected(): void;
  /** Notes that the cache has events for its listeners. */
  news(): void;
  /** Notes that the connection was lost, or an attempt to reconnect failed. */
  lost(): void;
  /** Notes that the client was closed or destroyed. */
  closed(): void;
}
