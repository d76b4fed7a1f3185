/** Applies the reply transforms of commands to decoded replies. */
import { ErrorReply, MultiErrorReply } from '../../errors';
import type { Command, TransformReply } from '../../wire/command';
import type { EncodedCommand } from '../../wire/link-types';
import type { RespVersions, TypeMapping } from '../../wire/resp-types';

/** Returns the reply transform of a command for a protocol version, if it has one. */
export function transformOf(command: Command | undefined, resp: RespVersions): TransformReply | undefined {
  const transform = command?.transformReply;
  return typeof transform === 'object' && transform !== null ? transform[resp] : transform;
}

/**
 * Transforms the replies of EXEC, each with the transform of its command.
 *
 * @throws MultiErrorReply if a command failed
 */
export function transformReplies(
  commands: readonly EncodedCommand[], replies: readonly unknown[], resp: RespVersions, typeMapping: TypeMapping | undefined,
): unknown[] {
  const errorIndexes: number[] = [];
  const transformed = replies.map((reply, index) => {
    if (reply instanceof Error && reply instanceof ErrorReply) {
      errorIndexes.push(index);
      return reply;
    }
    const { command, preserve } = commands[index] ?? {};
    const transform = transformOf(command, resp);
    return transform === undefined ? reply : transform(reply as never, preserve, typeMapping);
  });
  if (errorIndexes.length > 0) throw new MultiErrorReply(transformed as ErrorReply[], errorIndexes);
  return transformed;
}
