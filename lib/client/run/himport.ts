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
import { RESP_TYPES } from '../../wire/resp-types';
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

/** Shares the fieldsets of a client with another one. */
export function shareFieldsets(from: Logical, to: Logical): void {
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

/** Encodes a command. @throws TypeError for invalid arguments; ClientClosedError and other errors if the client cannot accept it now */
function encode(client: CommandTarget, command: Command, args: readonly unknown[]): EncodedCommand {
  const { _runner: { requests }, _keyPrefix: keyPrefix } = client._self;
  // PREPARE may be sent again on other connections, so its arguments are copied now.
  const encoder = command === himport.hImportPrepare ? beginCopying(keyPrefix) : beginEncoding(keyPrefix);
  (command.parseCommand as (parser: CommandParser, ...args: unknown[]) => void)(encoder, ...args);
  const encoded = takeEncoded(encoder, command);
  // An aborted signal is handled later, together with the steps before the command.
  const refusal = requests.refusal(encoded.length);
  if (refusal !== undefined) throw refusedCommand(refusal, encoded.name);
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

/** Discards a fieldset. The result comes from the registry, since the server's reply tells only what this connection had. */
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
  client: CommandTarget, steps: readonly FieldsetStep[], command: EncodedCommand,
  discarded: ReturnType<FieldsetRegistry['discardAll']>, failed: (error: unknown) => void,
): Promise<number | string> {
  try {
    await send(client, steps, command);
  } catch (error) {
    // If the server may have executed it, the discard stands, and is sent on the other connections and on this one again.
    if (wasQueued(error)) stateOf(client).registry.restore(discarded);
    failed(error);
    throw error;
  }
  const asText = client._commandOptions.typeMapping?.[RESP_TYPES.NUMBER] === String;
  return asText ? String(discarded.length) : discarded.length;
}

const METHODS = { hImportPrepare: prepare, hImportSet: set, hImportDiscard: discard, hImportDiscardAll: discardAll };

/** Defines the methods of HIMPORT on the prototype of clients, in place of the plain commands. */
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
