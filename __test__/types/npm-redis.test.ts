// Every method that npm redis declares here too takes what it takes there and resolves to what it resolves to there.
// This file does not compile if that changes.
import { test } from 'node:test';
import type { WithCommands as NpmCommands } from '@redis/client/dist/lib/client';
import type { WithCommands } from '../../lib/commands/types';
import { same, type Differing, type Stricter } from './equal';

type None = Record<never, never>;

/** Their error classes are not ours; the rest of the union is the same. */
type AnyReply = 'eval' | 'evalRo' | 'evalSha' | 'evalShaRo' | 'fCall' | 'fCallRo';
/** Tuples stay tuples; npm redis makes arrays of them. */
type Tuples = 'time' | 'blmPop' | 'lmPop' | 'latencyHistory' | 'latencyLatest' | 'lcsIdx' | 'lcsIdxWithMatchLen'
  | 'increx' | 'incrExByFloat';
/** Declared differently from what npm redis itself gives (numbers for text, text for numbers, `'OK'` for 0 and 1). */
type Corrected = 'hStrLen' | 'randomKey' | 'mSetNX';
/** Flags and categories are strings instead of enums that npm redis does not export; documentation has tuples and any reply in it. */
type Described = 'command' | 'commandInfo' | 'commandDocs';

test('replies', () => {
  same<Differing<WithCommands<3, None>, NpmCommands<3, None>>,
    AnyReply | Tuples | Corrected | Described | 'geoPos' | 'zRankWithScore' | 'zRevRankWithScore'>(true);
  same<Differing<WithCommands<2, None>, NpmCommands<2, None>>, AnyReply | Tuples | Corrected | Described | 'hello'>(true);
});

test('arguments', () => {
  same<Stricter<WithCommands<3, None>, NpmCommands<3, None>>, never>(true);
});

test('no method that npm redis lacks', () => {
  same<Exclude<keyof WithCommands<3, None>, keyof NpmCommands<3, None>>, never>(true);
});
