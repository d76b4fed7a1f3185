/** Encodes commands into buffers of their own, for transactions, pipelines and scripts. */
import { flagsOf } from '../../commands/traits';
import { refusedCommand } from '../../errors';
import { argumentTypeError, kindOf } from '../../wire/argument-error';
import type { Command } from '../../wire/command';
import { asDeclared } from '../../wire/command-flags';
import type { RedisArgument } from '../../wire/command-parser';
import { CommandEncoder, growPrivately } from '../../wire/encoder';
import { LargeTexts } from '../../wire/large-arguments';
import type { EncodedCommand } from '../../wire/link-types';

const BUFFER_BYTES = 16 * 1024;

let shared: CommandEncoder | undefined;
/** A command is being encoded into the shared encoder, or its arguments were refused. */
let isInUse = false;

/** Returns an encoder for one command, as a rule the shared one. Take the command with {@link takeEncoded}. */
export function beginEncoding(keyPrefix?: RedisArgument): CommandEncoder {
  // Reading the arguments of a command may run code of the user (getters, iterators) that encodes another command: that
  // one gets an encoder of its own. Do not keep the large buffer that a large command has left either.
  if (shared === undefined || isInUse || shared.buffer.length > BUFFER_BYTES) {
    shared = new CommandEncoder(Buffer.allocUnsafeSlow(BUFFER_BYTES), growPrivately, new LargeTexts());
  }
  isInUse = true;
  return shared.begin(keyPrefix);
}

/** Like {@link beginEncoding}, for a command that may be sent again: large arguments are copied too, as the caller may change them. */
export function beginCopying(keyPrefix?: RedisArgument): CommandEncoder {
  return new CommandEncoder(Buffer.allocUnsafe(BUFFER_BYTES)).begin(keyPrefix);
}

/**
 * Ends a command and copies it from the encoder, except large arguments, which are referenced.
 *
 * @param command has the reply transform; `undefined` leaves the reply raw
 * @throws TypeError for an argument that is neither a string nor a Buffer
 */
export function takeEncoded(encoder: CommandEncoder, command: Command | undefined): EncodedCommand {
  if (encoder === shared) isInUse = false;
  let length: number;
  try {
    length = encoder.end();
  } catch (error) {
    throw refusedCommand(error as Error, command?.name);
  }
  const { larges } = encoder;
  const bytes = encoder.buffer.subarray(encoder.start, encoder.position);
  const name = command?.name ?? encoder.commandIdentifier.command;
  return {
    // A buffer that grew becomes the command's own; others are copied.
    bytes: encoder === shared && encoder.buffer.length > BUFFER_BYTES ? bytes : Buffer.from(bytes),
    larges: larges.length > 0 ? larges : undefined,
    length,
    flags: asDeclared(flagsOf(name), command),
    keyAt: encoder.keyAt,
    routingKey: encoder.routingKey,
    command,
    preserve: encoder.preserve,
    name,
  };
}

/** Encodes raw words. @throws TypeError if `args` is not a non-empty array of strings and Buffers */
export function encodeWords(args: readonly RedisArgument[], command?: Command): EncodedCommand {
  const encoder = beginEncoding();
  pushWords(encoder, args);
  return takeEncoded(encoder, command);
}

/** Adds raw words to an encoder. @throws TypeError if `args` is not an array or is empty */
export function pushWords(encoder: CommandEncoder, args: readonly RedisArgument[]): void {
  if (!Array.isArray(args)) throw argumentTypeError(`The command must be an array of strings and Buffers, got ${kindOf(args)}`);
  if (args.length === 0) throw argumentTypeError('The command must have at least one word, got an empty array');
  for (let i = 0; i < args.length; i++) encoder.push(args[i] as RedisArgument);
}
