/**
 * Makes fieldsets of HIMPORT belong to the client, though the server keeps them per connection. Right before a command that depends
 * on it, a missing fieldset is prepared and a missed discard is sent. Raw `sendCommand` does not do this.
 */
import type { Method } from '../../commands/attach';
import { himport } from '../../commands/himport';
import { ErrorReply, plainError, refusedCommand } from '../../errors';
import { isMissingFieldset } from '../../server-errors';
import type { Command } from '../../wire/command';
import type { CommandParser, RedisArgument } from '../../wire/command-parser';
import type { EncodedCommand } from '../../wire/link-types';
import { RESP_TYPES, type TypeMapping } from '../../wire/resp-types';
import { beginCopying, beginEncoding, takeEncoded } from '../encoding/encoded-command';
import { FieldsetRegistry, FieldsetSession, fieldsetName, wasQueued, type FieldsetStep } from './himport-fieldsets';
import type { CommandTarget } from './runner';

interface State {
  readonly registry: FieldsetRegistry;
  session: FieldsetSession | undefined;
}

/** An object that can own fieldsets: a client or a proxy of one. */
interface Logical {
  readonly _self: object;
}

/** State by client. Clients that never use HIMPORT have none. */
const states = new WeakMap<object, State>();

function stateOf(client: Logical): State {
  const self = client._self;
  let state = states.get(self);
  if (state === undefined) {
    state = { registry: new FieldsetRegistry(), session: undefined };
    states.set(self, state);
  }
  return state;
}

/** Shares the fieldsets of a client with another one, unless it does already. */
export function shareFieldsets(from: Logical, to: Logical): void {
  if (states.get(to._self)?.registry === stateOf(from).registry) return;
  states.set(to._self, { registry: stateOf(from).registry, session: undefined });
}

/** Notes that RESET has removed all fieldsets from the session of the client's connection. */
export function forgetSession(client: Logical): void {
  const state = states.get(client._self);
  if (state !== undefined) state.session = undefined;
}

/** Returns the session in which commands sent now will run: that of the current connection, or of the next one. */
function sessionOf({ _self: { _runner: { link, epoch } } }: CommandTarget, state: State): FieldsetSession {
  const connection = link.isReady ? epoch : epoch + 1;
  if (state.session?.connection !== connection) state.session = new FieldsetSession(connection);
  return state.session;
}

/** What encodes and accepts the commands: a client, or a cluster. */
export interface FieldsetSource {
  readonly keyPrefix: RedisArgument | undefined;
  /** Why a command of `bytes` bytes cannot be accepted now. */
  refusal(bytes: number): Error | undefined;
}

function sourceOf({ _self: { _runner: { requests }, _keyPrefix: keyPrefix } }: CommandTarget): FieldsetSource {
  // An aborted signal is handled later, together with the steps before the command.
  return { keyPrefix, refusal: (bytes) => requests.refusal(bytes) };
}

/** Encodes a command. @throws TypeError for invalid arguments; ClientClosedError and other errors if it cannot be accepted now */
export function encodeHImport({ keyPrefix, refusal }: FieldsetSource, command: Command, args: readonly unknown[]): EncodedCommand {
  // PREPARE may be sent again on other connections, so its arguments are copied now.
  const encoder = command === himport.hImportPrepare ? beginCopying(keyPrefix) : beginEncoding(keyPrefix);
  (command.parseCommand as (parser: CommandParser, ...args: unknown[]) => void)(encoder, ...args);
  const encoded = takeEncoded(encoder, command);
  const error = refusal(encoded.length);
  if (error !== undefined) throw refusedCommand(error, encoded.name);
  return encoded;
}

/** Sends the steps and the command as one chain. */
function send(client: CommandTarget, steps: readonly FieldsetStep[], command: EncodedCommand): Promise<unknown> {
  let replies: Promise<unknown>[];
  try {
    replies = client._self._runner.runChain([...steps.map((step) => step.command), command], client._commandOptions);
  } catch (error) {
    for (const step of steps) step.failed(error);
    throw refusedCommand(error as Error, command.name);
  }
  for (const [index, step] of steps.entries()) (replies[index] as Promise<unknown>).catch((error: unknown) => step.failed(error));
  return replies[steps.length] as Promise<unknown>;
}

/** Returns the fieldsets of a client and all that share them. */
export function fieldsetsOf(client: Logical): FieldsetRegistry {
  return stateOf(client).registry;
}

/**
 * Prepares a new fieldset over connections of clients that share the registry.
 *
 * @returns the reply of the first client
 * @throws (rejects) the first error; the fieldset is not registered then
 */
export async function prepareOn(
  registry: FieldsetRegistry, clients: readonly CommandTarget[], name: string, command: EncodedCommand,
): Promise<unknown> {
  const missed = clients.map((client) => sessionOf(client, stateOf(client)).discardMissed(registry));
  const fieldset = registry.prepare(name, command);
  const replies = clients.map(async (client, index) => {
    const failed = sessionOf(client, stateOf(client)).prepared(name, fieldset);
    try {
      return await send(client, missed[index] as FieldsetStep[], command);
    } catch (error) {
      failed(error);
      throw error;
    }
  });
  try {
    const [reply] = await Promise.all(replies);
    registry.accepted(fieldset);
    return reply;
  } catch (error) {
    registry.refused(name, fieldset);
    throw error;
  }
}

async function prepare(client: CommandTarget, args: [fieldset: RedisArgument]): Promise<unknown> {
  const command = encodeHImport(sourceOf(client), himport.hImportPrepare, args);
  return prepareOn(fieldsetsOf(client), [client], fieldsetName(args[0]), command);
}

async function set(client: CommandTarget, args: [key: RedisArgument, fieldset: RedisArgument]): Promise<unknown> {
  const command = encodeHImport(sourceOf(client), himport.hImportSet, args);
  const name = fieldsetName(args[1]);
  try {
    return await setOn(client, name, command);
  } catch (error) {
    if (!canPrepareAgain(fieldsetsOf(client), name, error)) throw error;
    // Another import may have sent PREPARE since, which may fail: each one brings its own.
    sessionOf(client, stateOf(client)).lost(name);
    return setOn(client, name, command);
  }
}

/** Whether HIMPORT SET failed as the server lacks a fieldset that is registered, so that it succeeds when it is sent again. */
export function canPrepareAgain(registry: FieldsetRegistry, name: string, error: unknown): boolean {
  return isMissing(error) && registry.get(name) !== undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof ErrorReply && isMissingFieldset(error.message);
}

/**
 * Sends HIMPORT SET over a client's connection, after PREPARE if its session lacks the fieldset.
 *
 * @param last commands right before it, such as ASKING
 */
export async function setOn(
  client: CommandTarget, name: string, command: EncodedCommand, last: readonly EncodedCommand[] = [],
): Promise<unknown> {
  const state = stateOf(client);
  const { registry } = state;
  const session = sessionOf(client, state);
  const steps = session.discardMissed(registry);
  const fieldset = registry.get(name);
  if (fieldset !== undefined && !session.holds(name, fieldset)) {
    steps.push({ command: { ...fieldset.prepare, command: undefined }, failed: session.prepared(name, fieldset) });
  }
  try {
    return await send(client, [...steps, ...last.map((one) => ({ command: one, failed: () => undefined }))], command);
  } catch (error) {
    if (isMissing(error)) sessionOf(client, state).lost(name);
    throw error;
  }
}

/**
 * Discards a fieldset, or all, over connections of clients that share the registry. The result comes from the registry, since the
 * servers' replies tell only what their connections had.
 *
 * @param name `undefined` for all
 * @returns how many fieldsets were registered, as the type mapping wants numbers
 * @throws (rejects) the first error. If a server may have executed it, the discard stands, and is sent on the other connections later.
 */
export async function discardOn(
  registry: FieldsetRegistry, clients: readonly CommandTarget[], name: string | undefined, command: EncodedCommand,
  typeMapping: TypeMapping | undefined,
): Promise<number | string> {
  const missed = clients.map((client) => (name === undefined ? [] : sessionOf(client, stateOf(client)).discardMissed(registry)));
  const discarded = name === undefined ? registry.discardAll() : registry.discard(name);
  const outcomes = await Promise.allSettled(clients.map(async (client, index) => {
    const session = sessionOf(client, stateOf(client));
    const failed = name === undefined ? session.releasedAll() : session.released([name]);
    try {
      await send(client, missed[index] as FieldsetStep[], command);
    } catch (error) {
      failed(error);
      throw error;
    }
  }));
  const errors = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  if (errors.length > 0) {
    if (errors.length === clients.length && errors.every(wasQueued)) registry.restore(discarded);
    throw errors[0];
  }
  return typeMapping?.[RESP_TYPES.NUMBER] === String ? String(discarded.length) : discarded.length;
}

async function discard(client: CommandTarget, args: [fieldset: RedisArgument]): Promise<unknown> {
  const command = encodeHImport(sourceOf(client), himport.hImportDiscard, args);
  return discardOn(fieldsetsOf(client), [client], fieldsetName(args[0]), command, client._commandOptions.typeMapping);
}

async function discardAll(client: CommandTarget, args: unknown[]): Promise<unknown> {
  const command = encodeHImport(sourceOf(client), himport.hImportDiscardAll, args);
  return discardOn(fieldsetsOf(client), [client], undefined, command, client._commandOptions.typeMapping);
}

const METHODS = { hImportPrepare: prepare, hImportSet: set, hImportDiscard: discard, hImportDiscardAll: discardAll };

/** Defines the methods of HIMPORT on the prototype of clients, in place of the plain commands. */
export function attachHImport(prototype: object): void {
  attachHImportMethods<CommandTarget>(prototype, METHODS);
}

/** A function for each method of HIMPORT. */
export type HImportMethods<TARGET> = Readonly<Record<keyof typeof METHODS, (target: TARGET, args: never) => Promise<unknown>>>;

/** Defines these functions as methods, under both of their names. */
export function attachHImportMethods<TARGET>(prototype: object, methods: HImportMethods<TARGET>): void {
  for (const [name, run] of Object.entries(methods)) {
    const value: Method = function (this: TARGET, ...args: unknown[]) {
      return run(this, args as never);
    };
    for (const word of [name, himport[name as keyof typeof METHODS].upper]) {
      Object.defineProperty(prototype, word, { value, configurable: true, writable: true });
    }
  }
}

function builderRefusal(): Error {
  return plainError(
    'HIMPORT PREPARE/DISCARD/DISCARDALL are not supported inside MULTI/pipeline; call them on the client before the transaction',
    'OXREDIS_NOT_IN_MULTI',
  );
}

/** Returns the error for raw words that a builder must refuse, since the client would not notice the change of fieldsets. */
export function refusedInBuilder([name, subcommand]: readonly RedisArgument[]): Error | undefined {
  if (name?.length !== 7 || name.toString().toUpperCase() !== 'HIMPORT') return undefined;
  return /^(PREPARE|DISCARD|DISCARDALL)$/i.test(String(subcommand)) ? builderRefusal() : undefined;
}

/** Defines builder methods for these commands that make its execution fail. */
export function attachHImportRefusals<BUILDER>(prototype: object, fail: (builder: BUILDER, error: Error) => BUILDER): void {
  for (const name of ['hImportPrepare', 'hImportDiscard', 'hImportDiscardAll'] as const) {
    const value = function (this: BUILDER): BUILDER {
      return fail(this, builderRefusal());
    };
    for (const word of [name, himport[name].upper]) Object.defineProperty(prototype, word, { value, configurable: true, writable: true });
  }
}
