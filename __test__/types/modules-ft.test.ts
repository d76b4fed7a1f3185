// Every method of client.ft takes what it takes in npm redis and resolves to what it resolves to there.
// This file does not compile if that changes.
import { test } from 'node:test';
import type {
  FtSearchOptions as NpmSearchOptions, RedisClientType as NpmClient, RedisDefaultModules as NpmModules, RediSearchSchema as NpmSchema,
  RespVersions, SearchReply as NpmSearchReply, TypeMapping as NpmMapping,
} from 'redis';
import type { FtSearchOptions, RedisClientType, RediSearchSchema, RESP_TYPES, SearchReply, TypeMapping } from '../../lib';
import { same, type Resolved } from './equal';

type None = Record<never, never>;
type Mapping = TypeMapping & NpmMapping;
type Ours<RESP extends RespVersions, TYPE_MAPPING extends Mapping = None> = RedisClientType<None, None, None, RESP, TYPE_MAPPING>['ft'];
type Theirs<RESP extends RespVersions, TYPE_MAPPING extends Mapping = None> = NpmClient<NpmModules, None, None, RESP, TYPE_MAPPING>['ft'];

type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type ArgumentsOf<METHOD> = METHOD extends (...args: infer ARGS) => unknown ? ARGS : never;
/** Both names have one type. */
type CamelCase<NAME> = NAME extends Uppercase<NAME & string> ? never : NAME;

/** Methods that resolve to something else. */
type Differing<OURS, THEIRS> = CamelCase<{
  [NAME in keyof THEIRS]: NAME extends keyof OURS
    ? Mutual<Resolved<OURS[NAME]>, Resolved<THEIRS[NAME]>> extends true ? never : NAME
    : NAME;
}[keyof THEIRS]>;

/** Methods that refuse arguments which npm redis takes. */
type Stricter<OURS, THEIRS> = CamelCase<{
  [NAME in keyof THEIRS]: NAME extends keyof OURS
    ? [ArgumentsOf<THEIRS[NAME]>] extends [ArgumentsOf<OURS[NAME]>] ? never : NAME
    : NAME;
}[keyof THEIRS]>;

type Buffers = { [RESP_TYPES.BLOB_STRING]: BufferConstructor };
type Maps = { [RESP_TYPES.MAP]: MapConstructor; [RESP_TYPES.SET]: SetConstructor };
type Texts = { [RESP_TYPES.NUMBER]: StringConstructor; [RESP_TYPES.DOUBLE]: StringConstructor };

/** Their error classes are not ours; the rest of the profile is the same. */
type Profiles = 'profileAggregate' | 'profileSearch';
/** `'OK'` in both protocols; npm redis says number in RESP3. */
type Dropped = 'dropIndex';
/** Status lines, which a mapping of blobs leaves alone. */
type StatusLines = '_list' | 'explainCli' | 'info';

test('replies', () => {
  same<Differing<Ours<3>, Theirs<3>>, Profiles | Dropped>(true);
  same<Differing<Ours<2>, Theirs<2>>, Profiles>(true);
  same<Resolved<Ours<3>['dropIndex']>, 'OK'>(true);
});

test('replies under type mappings', () => {
  same<Differing<Ours<3, Buffers>, Theirs<3, Buffers>>, Profiles | Dropped | StatusLines>(true);
  same<Differing<Ours<2, Buffers>, Theirs<2, Buffers>>, Profiles | StatusLines>(true);
  same<Differing<Ours<3, Maps>, Theirs<3, Maps>>, Profiles | Dropped>(true);
  same<Differing<Ours<2, Maps>, Theirs<2, Maps>>, Profiles>(true);
  same<Differing<Ours<3, Texts>, Theirs<3, Texts>>, Profiles | Dropped>(true);
  same<Differing<Ours<2, Texts>, Theirs<2, Texts>>, Profiles>(true);
});

test('the results of profiles', () => {
  same<Mutual<Resolved<Ours<3>['profileSearch']>['results'], Resolved<Theirs<3>['profileSearch']>['results']>, true>(true);
  same<Mutual<Resolved<Ours<3>['profileAggregate']>['results'], Resolved<Theirs<3>['profileAggregate']>['results']>, true>(true);
});

test('arguments', () => {
  same<Stricter<Ours<3>, Theirs<3>>, never>(true);
});

test('no method that npm redis lacks', () => {
  same<Exclude<keyof Ours<3>, keyof Theirs<3>>, never>(true);
});

test('the exported types', () => {
  same<[NpmSearchOptions] extends [FtSearchOptions] ? true : false, true>(true);
  same<keyof FtSearchOptions, keyof NpmSearchOptions>(true);
  same<[NpmSchema] extends [RediSearchSchema] ? true : false, true>(true);
  same<keyof SearchReply, keyof NpmSearchReply>(true);
});

declare const ft: Ours<3>;

test('what is refused', () => {
  // @ts-expect-error -- no such kind of field
  void (() => ft.create('idx', { name: 'WORDS' }));
  // @ts-expect-error -- a vector without its algorithm
  void (() => ft.create('idx', { v: { type: 'VECTOR', TYPE: 'FLOAT32', DIM: 2, DISTANCE_METRIC: 'L2' } }));
  // @ts-expect-error -- keys alone have no scores
  void (() => ft.searchNoContent('idx', '*', { WITHSCORES: true }));
  // @ts-expect-error -- a property begins with @ or $.
  void (() => ft.aggregate('idx', '*', { LOAD: 'name' }));
});
