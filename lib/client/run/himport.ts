/**
 * HIMPORT, as if fieldsets belonged to the client and not to a connection: a connection that lacks a fieldset is given it, and
 * one that has missed a discard is told, right before the command that depends on it. Raw `sendCommand` knows nothing of this.
 */
import type { Method } from '../../commands/attach';
import { himport } from '../../commands/himport';
import { ErrorReply, plainError, refusedCommand } from '../../errors';
import { isMissingFieldset } from '../../server-errors';
import type { Command } from '../../wire/command';
import type { CommandParser, RedisArgument } from '../../wire/command-parser';
import type { EncodedCommand } from '../../wire/link-types';
import { RESP_TYPES } from '../../wire/resp-types';
import { beginCopying, beginEncoding, takeEncoded } from '../encoding/encoded-command';
import { FieldsetRegistry, FieldsetSession, fieldsetName, wasQueued, type Step } from './himport-fieldsets';
import type { CommandTarget } from './runner';

interface State {
  readonly registry: FieldsetRegistry;
  session: FieldsetSession | undefined;
}

/** What fieldsets can belong to. */
interface Logical {
  readonly _self: object;
}

/** By client. Most clients never import, and have none. */
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

/** Lets another client have the same fieldsets. */
export function shareFieldsets(from: Logical, to: Logical): void {
  states.set(to._self, { registry: stateOf(from).registry, session: undefined });
}

/** The session of the client's connection has been reset: it holds nothing. */
export function forgetSession(client: Logical): void {
  const state = states.get(client._self);
  if (state !== undefined) state.session = undefined;
}

/** The session that commands go to which are handed over now: without a connection, that of the next one. */
function sessionOf({ _self: { _runner: { link, epoch } } }: CommandTarget, state: State): FieldsetSession {
  const connection = link.isReady ? epoch : epoch + 1;
  if (state.session?.connection !== connection) state.session = new FieldsetSession(connection);
  return state.session;
}

/** Encodes, and refuses what cannot be accepted now. @throws TypeError for bad arguments; ClientClosedError and other refusals */
function encode(client: CommandTarget, command: Command, args: readonly unknown[]): EncodedCommand {
  const { _runner: { requests }, _keyPrefix: keyPrefix } = client._self;
  // A fieldset is prepared on each connection, with the fields that it has now.
  const encoder = command === himport.hImportPrepare ? beginCopying(keyPrefix) : beginEncoding(keyPrefix);
  (command.parseCommand as (parser: CommandParser, ...args: unknown[]) => void)(encoder, ...args);
  const encoded = takeEncoded(encoder, command);
  // A signal that has fired refuses it later, with what was to go before it.
  const refusal = requests.refusal(encoded.length);
  if (refusal !== undefined) throw refusedCommand(refusal, encoded.name);
  return encoded;
}

/** Sends the steps and the command, with nothing in between. */
function send(client: CommandTarget, steps: readonly Step[], command: EncodedCommand): Promise<unknown> {
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

async function prepare(client: CommandTarget, args: [fieldset: RedisArgument]): Promise<unknown> {
  const command = encode(client, himport.hImportPrepare, args);
  const name = fieldsetName(args[0]);
  const state = stateOf(client);
  const { registry } = state;
  const session = sessionOf(client, state);
  const steps = session.discardMissed(registry);
  const fieldset = registry.prepare(name, command);
  const failed = session.prepared(name, fieldset);
  try {
    const reply = await send(client, steps, command);
    registry.accepted(fieldset);
    return reply;
  } catch (error) {
    registry.refused(name, fieldset);
    failed(error);
    throw error;
  }
}

async function set(client: CommandTarget, args: [key: RedisArgument, fieldset: RedisArgument]): Promise<unknown> {
  const command = encode(client, himport.hImportSet, args);
  const name = fieldsetName(args[1]);
  const state = stateOf(client);
  try {
    return await trySet(client, state, name, command);
  } catch (error) {
    const isMissing = error instanceof ErrorReply && isMissingFieldset(error.message);
    if (!isMissing || state.registry.get(name) === undefined) throw error;
    sessionOf(client, state).lost(name);
    return trySet(client, state, name, command);
  }
}

function trySet(client: CommandTarget, state: State, name: string, command: EncodedCommand): Promise<unknown> {
  const { registry } = state;
  const session = sessionOf(client, state);
  const steps = session.discardMissed(registry);
  const fieldset = registry.get(name);
  if (fieldset !== undefined && !session.holds(name, fieldset)) {
    steps.push({ command: { ...fieldset.prepare, command: undefined }, failed: session.prepared(name, fieldset) });
  }
  return send(client, steps, command);
}

/** What the server answers says only what this connection had. */
async function discard(client: CommandTarget, args: [fieldset: RedisArgument]): Promise<unknown> {
  const command = encode(client, himport.hImportDiscard, args);
  const name = fieldsetName(args[0]);
  const state = stateOf(client);
  const session = sessionOf(client, state);
  const steps = session.discardMissed(state.registry);
  return sendDiscard(client, steps, command, state.registry.discard(name), session.released([name]));
}

async function discardAll(client: CommandTarget, args: unknown[]): Promise<unknown> {
  const command = encode(client, himport.hImportDiscardAll, args);
  const state = stateOf(client);
  const session = sessionOf(client, state);
  return sendDiscard(client, [], command, state.registry.discardAll(), session.releasedAll());
}

async function sendDiscard(
  client: CommandTarget, steps: readonly Step[], command: EncodedCommand,
  discarded: ReturnType<FieldsetRegistry['discardAll']>, failed: (error: unknown) => void,
): Promise<number | string> {
  try {
    await send(client, steps, command);
  } catch (error) {
    // A discard that the server may have heard of counts: the other connections will be told, and this one again.
    if (wasQueued(error)) stateOf(client).registry.restore(discarded);
    failed(error);
    throw error;
  }
  const asText = client._commandOptions.typeMapping?.[RESP_TYPES.NUMBER] === String;
  return asText ? String(discarded.length) : discarded.length;
}

const METHODS = { hImportPrepare: prepare, hImportSet: set, hImportDiscard: discard, hImportDiscardAll: discardAll };

/** Defines the methods of HIMPORT on the prototype of clients, over those that only send. */
export function attachHImport(prototype: object): void {
  for (const [name, run] of Object.entries(METHODS)) {
    const value: Method = function (this: CommandTarget, ...args: unknown[]) {
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

/** The error of raw words that a builder does not take: fieldsets would change without the client's knowledge. */
export function refusedInBuilder([name, subcommand]: readonly RedisArgument[]): Error | undefined {
  if (name?.length !== 7 || name.toString().toUpperCase() !== 'HIMPORT') return undefined;
  return /^(PREPARE|DISCARD|DISCARDALL)$/i.test(String(subcommand)) ? builderRefusal() : undefined;
}

/** Lets these commands make the execution of a builder fail. */
export function attachHImportRefusals<BUILDER>(prototype: object, fail: (builder: BUILDER, error: Error) => BUILDER): void {
  for (const name of ['hImportPrepare', 'hImportDiscard', 'hImportDiscardAll'] as const) {
    const value = function (this: BUILDER): BUILDER {
      return fail(this, builderRefusal());
    };
    for (const word of [name, himport[name].upper]) Object.defineProperty(prototype, word, { value, configurable: true, writable: true });
  }
}
