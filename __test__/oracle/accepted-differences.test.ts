import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY } from '../support/paths';
import { ACCEPTED } from './accepted-differences';

test('docs/migrating.md tells every accepted difference of replies, with its methods', () => {
  const lines = readFileSync(join(REPOSITORY, 'docs', 'migrating.md'), 'utf8').split('\n');
  const untold = ACCEPTED.filter(({ methods, reason, told = methods }) =>
    !lines.some((line) => line.includes(reason) && told.every((name) => line.includes(`\`${name}\``))));
  assert.deepEqual(untold, []);
});
