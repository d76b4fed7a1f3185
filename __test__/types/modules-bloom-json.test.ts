// Every method of the probabilistic modules and of JSON takes what it takes in npm redis and resolves to what it resolves to there.
// This file does not compile if that changes.
import { test } from 'node:test';
import type { RedisClientType as NpmClient, RedisDefaultModules as NpmModules, RespVersions, TypeMapping as NpmMapping } from 'redis';
import type { RedisClientType, RedisJSON, RESP_TYPES, TypeMapping } from '../../lib';
import { same, type Resolved } from './equal';

type None = Record<never, never>;
type Mapping = TypeMapping & NpmMapping;
type Namespace = 'bf' | 'cf' | 'cms' | 'json' | 'tDigest' | 'topK';
type Ours<RESP extends RespVersions, TYPE_MAPPING extends Mapping = None> =
  Pick<RedisClientType<None, None, None, RESP, TYPE_MAPPING>, Namespace>;
type Theirs<RESP extends RespVersions, TYPE_MAPPING extends Mapping = None> =
  Pick<NpmClient<NpmModules, None, None, RESP, TYPE_MAPPING>, Namespace>;

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type ArgumentsOf<METHOD> = METHOD extends (...args: infer ARGS) => unknown ? ARGS : never;
type Named<NAMESPACE, METHOD> = `${NAMESPACE & string}.${METHOD & string}`;

/** Both names have one type; `topK.add` is left of `topK.add` and `topK.ADD`. */
type CamelCase<NAME extends string> = NAME extends `${string}.${infer METHOD}` ? METHOD extends Uppercase<METHOD> ? never : NAME : never;

/** Methods that resolve to something else. */
type Differing<OURS extends Record<Namespace, unknown>, THEIRS extends Record<Namespace, unknown>> = CamelCase<{
  [SPACE in Namespace]: {
    [NAME in keyof THEIRS[SPACE]]: NAME extends keyof OURS[SPACE]
      ? Mutual<Resolved<OURS[SPACE][NAME]>, Resolved<THEIRS[SPACE][NAME]>> extends true ? never : Named<SPACE, NAME>
      : Named<SPACE, NAME>;
  }[keyof THEIRS[SPACE]];
}[Namespace]>;

/** Methods that refuse arguments which npm redis takes. */
type Stricter<OURS extends Record<Namespace, unknown>, THEIRS extends Record<Namespace, unknown>> = {
  [SPACE in Namespace]: {
    [NAME in keyof THEIRS[SPACE]]: NAME extends keyof OURS[SPACE]
      ? [ArgumentsOf<THEIRS[SPACE][NAME]>] extends [ArgumentsOf<OURS[SPACE][NAME]>] ? never : Named<SPACE, NAME>
      : Named<SPACE, NAME>;
  }[keyof THEIRS[SPACE]];
}[Namespace];

/** Methods that npm redis lacks. */
type Further = { [SPACE in Namespace]: Exclude<keyof Ours<3>[SPACE], keyof Theirs<3>[SPACE]> }[Namespace];

/** Null for a missing key, which npm redis leaves out. */
type MissingKeys = 'json.arrLen' | 'json.objKeys' | 'json.objLen' | 'json.strLen';
/** Null for a path that leads nowhere; a list for a path that starts with `$`; text for one that does not; null for no dropped item. */
type Corrected = MissingKeys | 'json.merge' | 'json.debugMemory' | 'json.toggle' | 'topK.add';

type Buffers = { [RESP_TYPES.BLOB_STRING]: BufferConstructor };
type Maps = { [RESP_TYPES.MAP]: MapConstructor };
type Texts = { [RESP_TYPES.NUMBER]: StringConstructor; [RESP_TYPES.DOUBLE]: StringConstructor };

test('replies', () => {
  same<Differing<Ours<3>, Theirs<3>>, Corrected>(true);
  same<Differing<Ours<2>, Theirs<2>>, Corrected>(true);
});

test('replies under type mappings', () => {
  // Dropped items are blobs, and CMS.INFO is a map.
  same<Differing<Ours<3, Buffers>, Theirs<3, Buffers>>, Corrected | 'topK.incrBy'>(true);
  same<Differing<Ours<3, Maps>, Theirs<3, Maps>>, Corrected | 'cms.info'>(true);
  same<Differing<Ours<3, Texts>, Theirs<3, Texts>>, Corrected>(true);
});

test('what is corrected', () => {
  type Client = Ours<3>;
  same<Resolved<Client['json']['arrLen']>, number | (number | null)[] | null>(true);
  same<Resolved<Client['json']['objKeys']>, string[] | (string[] | null)[] | null>(true);
  same<Resolved<Client['json']['merge']>, 'OK' | null>(true);
  same<Resolved<Client['json']['debugMemory']>, number | number[]>(true);
  same<Resolved<Client['json']['toggle']>, number | 'true' | 'false' | (number | null)[] | null>(true);
  same<Resolved<Client['topK']['add']>, (string | null)[]>(true);
  same<Resolved<Ours<3, Buffers>['topK']['incrBy']>, (Buffer | null)[]>(true);
  same<Resolved<Ours<3, Maps>['cms']['info']>, Map<'width' | 'depth' | 'count' | 'cell size', number>>(true);
});

test('arguments', () => {
  same<Stricter<Ours<3>, Theirs<3>>, never>(true);
});

test('no method that npm redis lacks', () => {
  same<Further, never>(true);
});

test('documents are what npm redis takes for documents', () => {
  same<Mutual<RedisJSON, Parameters<Theirs<3>['json']['set']>[2]>, true>(true);
});
