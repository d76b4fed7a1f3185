// Puts null, or an error, in place of each part of many replies, in both protocols and under several type mappings: no transform may
// throw, and where npm redis does not throw at null either, the values are the same.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect, isDeepStrictEqual } from 'node:util';
import { SimpleError } from '../../lib/errors';
import { COMMAND_TABLE } from '../../lib/commands';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { BasicCommandParser } from '../../lib/wire/command-parser';
import { RespDecoder, RespError, type RespValue } from '../support/resp';
import { differsInPart } from './missing-parts-differences';
import { PACKAGES } from './module-oracle';
import { recordingsOf } from './module-recordings';
import { CASES, RECORDED } from './reply-cases';
import { withPartReplaced } from './reply-parts';
import { ReplySource } from './reply-source';
import { decoded, MAPPINGS, oracle, transformed, transformOf, withoutUndefined, type OracleCommand } from './reply-transforms';

/** What a server may send in place of anything. */
const REPLACEMENTS = { null: null, 'an error': new SimpleError('ERR in place of a value') as unknown as RespValue };

/** Differences that are told of one test. */
const TOLD = 4;

interface Subject {
  /** `ft.search`, or the name of a core command. */
  readonly method: string;
  readonly ours: OracleCommand;
  readonly theirs: OracleCommand | undefined;
}

const show = (value: unknown): string => inspect(value, { depth: 8, breakLength: Infinity }).replace(/\s+/g, ' ').slice(0, 300);

/** The mappings under which npm redis makes the same of the reply as it is. */
function comparable({ ours, theirs }: Subject, resp: 2 | 3, raw: RespValue, preserve: unknown): Set<string> {
  const same = Object.entries(MAPPINGS).filter(([, mapping]) => {
    const [own, other] = [ours, theirs].map((command) => transformed(transformOf(command, resp), decoded(raw, mapping), preserve, mapping));
    return isDeepStrictEqual(withoutUndefined(own), withoutUndefined(other));
  });
  return new Set(same.map(([name]) => name));
}

function* faults(subject: Subject, resp: 2 | 3, raw: RespValue, preserve: unknown): Generator<string> {
  const { method, ours, theirs } = subject;
  const compared = comparable(subject, resp, raw, preserve);
  for (const [kind, by] of Object.entries(REPLACEMENTS)) {
    for (const { at, reply, isName } of withPartReplaced(raw, by)) {
      for (const [mappingName, mapping] of Object.entries(MAPPINGS)) {
        const about = (): string => `${method} RESP${resp} ${mappingName}, ${kind} at "${at}" of ${show(raw)}`;
        const own = transformed(transformOf(ours, resp), decoded(reply, mapping), preserve, mapping);
        if ('error' in own) {
          yield `${about()}: ${own.error}`;
          continue;
        }
        // npm redis makes NaN, {} or [] of an error.
        if (by !== null || isName || !compared.has(mappingName)) continue;
        const other = transformed(transformOf(theirs, resp), decoded(reply, mapping), preserve, mapping);
        if ('error' in other || isDeepStrictEqual(withoutUndefined(own), withoutUndefined(other))) continue;
        if (differsInPart({ at, method, ours: own.value, theirs: other.value })) continue;
        yield `${about()}\n  oxredis   ${show(own.value)}\n  npm redis ${show(other.value)}`;
      }
    }
  }
}

function fail(found: readonly string[]): void {
  if (found.length > 0) assert.fail(`${found.length} faults\n${found.slice(0, TOLD).join('\n')}`);
}

describe('parts of replies of core commands are null or errors', () => {
  let source: ReplySource;
  before(async () => {
    source = await ReplySource.start();
  });
  after(() => source.stop());

  const subjectOf = (method: string): Subject =>
    ({ method, ours: COMMAND_TABLE[method] as OracleCommand, theirs: oracle[method] });

  for (const method of new Set(CASES.map(([name]) => name))) {
    test(method, async () => {
      const found: string[] = [];
      for (const [, ...args] of CASES.filter(([name]) => name === method)) {
        for (const resp of [2, 3] as const) {
          const { raw, preserve } = await source.replyOf(resp, method, args);
          if (!(raw instanceof RespError)) found.push(...faults(subjectOf(method), resp, raw, preserve));
        }
      }
      fail(found);
    });
  }

  for (const method of new Set(RECORDED.map(([name]) => name))) {
    test(`${method}, recorded`, () => {
      fail(RECORDED.filter(([name]) => name === method).flatMap(([, resp, raw]) => [...faults(subjectOf(method), resp, raw, undefined)]));
    });
  }
});

describe('parts of replies of modules are null or errors', () => {
  for (const namespace of Object.keys(MODULE_TABLES)) {
    const recordings = recordingsOf(namespace).filter(({ method }) => method !== null);
    for (const method of new Set(recordings.map((recording) => recording.method as string))) {
      const ours = MODULE_TABLES[namespace][method] as OracleCommand & { parseCommand(parser: unknown, ...args: unknown[]): void };
      if (ours.transformReply === undefined) continue;
      const subject: Subject = { method: `${namespace}.${method}`, ours, theirs: PACKAGES[namespace]()[method] as OracleCommand };
      test(subject.method, () => {
        const found: string[] = [];
        const seen = new Set<string>();
        for (const recording of recordings.filter((one) => one.method === method)) {
          const parser = new BasicCommandParser();
          ours.parseCommand(parser, ...recording.args);
          for (const resp of [2, 3] as const) {
            const bytes = recording.reply(resp);
            const [raw] = new RespDecoder().push(bytes) as [RespValue];
            const known = `${resp} ${bytes.length} ${recording.wire.length}`;
            if (raw instanceof RespError || seen.has(known)) continue;
            seen.add(known);
            found.push(...faults(subject, resp, raw, parser.preserve));
          }
        }
        fail(found);
      });
    }
  }
});
