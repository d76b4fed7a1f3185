import { test } from 'node:test';
import { RESP_TYPES } from '../../../lib/wire/resp-types';
import type * as R from '../../../lib/wire/resp-types';
import type { Command, CommandReply, CommandSignature, RedisModules } from '../../../lib/wire/command';
import type { CommandParser, RedisArgument } from '../../../lib/wire/command-parser';
import type { VerbatimString } from '../../../lib/wire/verbatim-string';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Fails to compile unless the two types are identical. */
export function same<A, B>(_proof: Equal<A, B>): void {}

type None = Record<never, never>;
type AsBuffer = { [RESP_TYPES.BLOB_STRING]: BufferConstructor };
type AsMap = { [RESP_TYPES.MAP]: MapConstructor };
type Under<REPLY, MAPPING> = R.ReplyWithTypeMapping<REPLY, MAPPING>;

test('default reply types', () => {
  same<Under<R.BlobStringReply, None>, string>(true);
  same<Under<R.BlobStringReply | R.NullReply, None>, string | null>(true);
  same<Under<R.SimpleStringReply<'OK'>, None>, 'OK'>(true);
  same<Under<R.NumberReply, None>, number>(true);
  same<Under<R.BooleanReply, None>, boolean>(true);
  same<Under<R.BigNumberReply, None>, bigint>(true);
  same<Under<R.ArrayReply<R.BlobStringReply | R.NullReply>, None>, (string | null)[]>(true);
  same<Under<R.SetReply<R.BlobStringReply>, None>, string[]>(true);
  same<Under<R.MapReply<R.BlobStringReply, R.DoubleReply>, None>, { [key: string]: number }>(true);
  same<Under<R.TuplesReply<[R.BlobStringReply, R.NumberReply]>, None>, [string, number]>(true);
  same<
    Under<R.TuplesToMapReply<[[R.BlobStringReply<'a'>, R.NumberReply], [R.BlobStringReply<'b'>, R.BlobStringReply]]>, None>,
    { a: number; b: string }
  >(true);
  same<Under<{ id: R.BlobStringReply; at: Date }[], None>, { id: string; at: Date }[]>(true);
});

test('reply types under a mapping', () => {
  same<Under<R.BlobStringReply | R.NullReply, AsBuffer>, Buffer | null>(true);
  same<Under<R.SimpleStringReply, AsBuffer>, string>(true);
  same<Under<R.NumberReply, { [RESP_TYPES.NUMBER]: StringConstructor }>, `${number}`>(true);
  same<Under<R.DoubleReply, { [RESP_TYPES.DOUBLE]: StringConstructor }>, `${number}`>(true);
  same<Under<R.SetReply<R.BlobStringReply>, AsBuffer & { [RESP_TYPES.SET]: SetConstructor }>, Set<Buffer>>(true);
  same<Under<R.MapReply<R.BlobStringReply, R.BlobStringReply>, AsMap>, Map<string, string>>(true);
  same<Under<R.MapReply<R.BlobStringReply, R.BlobStringReply>, AsMap & AsBuffer>, Map<string, Buffer>>(true);
  same<Under<R.MapReply<R.BlobStringReply, R.NumberReply>, { [RESP_TYPES.MAP]: ArrayConstructor }>, (string | number)[]>(true);
  same<Under<R.VerbatimStringReply, { [RESP_TYPES.VERBATIM_STRING]: typeof VerbatimString }>, VerbatimString>(true);
  same<Under<R.VerbatimStringReply, { [RESP_TYPES.VERBATIM_STRING]: BufferConstructor }>, Buffer>(true);
  same<Under<R.BlobStringReply, R.TypeMapping>, string>(true);
  same<R.UnwrapReply<R.BlobStringReply>, string | Buffer>(true);
  same<Under<R.Resp2Reply<R.MapReply<R.BlobStringReply, R.DoubleReply>>, None>, string[]>(true);
});

test('user-defined commands fit', () => {
  const echo = {
    IS_READ_ONLY: true,
    parseCommand(parser: CommandParser, key: RedisArgument, count?: number) {
      parser.pushKey(key);
      if (count !== undefined) parser.push(count.toString());
    },
    transformReply: { 2: (reply: R.BlobStringReply) => Number(reply), 3: undefined as unknown as () => R.DoubleReply }
  } as const satisfies Command;
  const modules = { mine: { echo } } satisfies RedisModules;
  same<CommandReply<typeof modules.mine.echo, 2>, number>(true);
  same<CommandReply<typeof modules.mine.echo, 3>, R.DoubleReply>(true);
  same<
    CommandSignature<typeof echo, 3, { [RESP_TYPES.DOUBLE]: StringConstructor }>,
    (key: RedisArgument, count?: number) => Promise<`${number}`>
  >(true);
  const plain = { parseCommand(parser: CommandParser) { parser.push('PING'); } } satisfies Command;
  same<CommandReply<typeof plain, 3>, R.ReplyUnion>(true);
  const mapping: R.TypeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.MAP]: Map };
  void mapping;
});
