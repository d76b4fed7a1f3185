/**
 * What a test file compared with npm `redis`, for tools/coverage-table.mjs: written as JSON into the folder that
 * OXREDIS_COVERAGE names; without it, nothing is written.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Coverage {
  /**
   * `wire`: the bytes of examples; `property`: the bytes of odd arguments; `recordings`: what recorded replies become;
   * `replies`: what those of a server become; `cluster`: the same through the client of a cluster.
   */
  readonly oracle: 'wire' | 'property' | 'recordings' | 'replies' | 'cluster';
  /** `namespace.method` of every command that was compared; `client` is the client itself. */
  readonly compared: readonly string[];
  /** The server that answered, such as `Redis 7.0`. */
  readonly server?: string;
  /** Commands that the server only refused: the errors were compared. */
  readonly refused?: readonly string[];
  /** Commands of the fixture that this server does not know. */
  readonly unknown?: readonly string[];
}

/** Notes what a test file compared; `name` tells the files apart. */
export function writeCoverage(name: string, coverage: Coverage): void {
  const folder = process.env.OXREDIS_COVERAGE;
  if (folder === undefined || folder === '') return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(coverage));
}
