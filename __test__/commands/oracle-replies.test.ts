// Sends commands to a server in both protocols and compares what our transforms make of the replies with what npm redis' do,
// under several type mappings.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';
import { COMMAND_TABLE } from '../../lib/commands';
import { RespError, type RespValue } from '../support/resp';
import { acceptedDifference, type MappingName } from '../oracle/accepted-differences';
import { CASES, RECORDED } from './reply-cases';
import { ReplySource } from './reply-source';
import { decoded, MAPPINGS, oracle, transformed, transformOf, withoutUndefined, type OracleCommand } from './reply-transforms';

function compare(method: string, resp: 2 | 3, raw: RespValue, preserve?: unknown): void {
  for (const [name, mapping] of Object.entries(MAPPINGS)) {
    // Transforms may change the reply in place: each gets its own.
    const ours = transformed(transformOf(COMMAND_TABLE[method] as OracleCommand, resp), decoded(raw, mapping), preserve, mapping);
    const theirs = transformed(transformOf(oracle[method], resp), decoded(raw, mapping), preserve, mapping);
    if (isDeepStrictEqual(withoutUndefined(ours), withoutUndefined(theirs))) continue;
    // That the accepted differences exist is shown where real servers answer (__test__/oracle/replies-*.test.ts).
    if (acceptedDifference(method, resp, name as MappingName, { theirs: inspect(theirs) }) !== undefined) continue;
    assert.deepEqual(withoutUndefined(ours), withoutUndefined(theirs), `${method} RESP${resp} ${name}`);
  }
}

describe('replies become what npm redis makes of them', () => {
  let source: ReplySource;
  before(async () => {
    source = await ReplySource.start();
  });
  after(() => source.stop());

  for (const resp of [2, 3] as const) {
    for (const [method, ...args] of CASES) {
      test(`${method}(${JSON.stringify(args).slice(1, -1)}) in RESP${resp}`, async () => {
        const { raw, preserve } = await source.replyOf(resp, method, args);
        if (raw instanceof RespError) return assert.match(raw.message, /^NOGROUP/, raw.message);
        compare(method, resp, raw, preserve);
      });
    }
  }

  for (const [method, resp, raw] of RECORDED) {
    test(`${method} in RESP${resp}: ${JSON.stringify(raw)}`, () => compare(method, resp, raw));
  }

  test('every transform is covered', () => {
    const covered = new Set([...CASES, ...RECORDED].map(([method]) => method));
    const missing = Object.entries(COMMAND_TABLE).filter(([method, command]) =>
      !covered.has(method) && command.transformReply !== undefined);
    assert.deepEqual(missing.map(([method]) => method), []);
  });
});
