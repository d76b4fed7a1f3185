import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findServerProgram, type ServerVersion } from './server-program';

const VERSIONS = ['default', 'redis-8', 'valkey-9'] as const;

/** Set where every server has to be there, as in CI: tests that would not run for want of one fail then. */
export const SERVERS_ARE_REQUIRED = (process.env.OXREDIS_REQUIRE_SERVERS ?? '') !== '';

/** Declares tests that need a server. Where it is not on this machine, a test that is reported as not run stands for them. */
export function onServer(version: ServerVersion, declare: () => void): void {
  if (findServerProgram(version) !== undefined) return declare();
  const why = `there is no ${version} on this machine (npm run servers fetches it)`;
  if (SERVERS_ARE_REQUIRED) test(`tests on ${version}`, () => assert.fail(`${why}, and OXREDIS_REQUIRE_SERVERS demands it`));
  else test(`tests on ${version}`, { skip: why }, () => undefined);
}

/** The same for each kind of server. */
export function onEachServer(declare: (version: ServerVersion) => void): void {
  for (const version of VERSIONS) onServer(version, () => declare(version));
}
