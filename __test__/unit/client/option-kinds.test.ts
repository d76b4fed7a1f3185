/** Options that should be objects and are not: refused by name, alike for clients, pools and clusters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { createClient, createClientPool, createCluster } from '../../../lib';

const roots = { rootNodes: [{ url: 'redis://127.0.0.1:1' }] };
const CREATORS: readonly [what: string, create: (options: object) => unknown][] = [
  ['a client', (options) => createClient(options)],
  ['a pool', (options) => createClientPool(options)],
  ['a cluster', (options) => createCluster({ ...roots, ...options })],
  ['the nodes of a cluster', (options) => createCluster({ ...roots, defaults: options })],
  ['a root node', (options) => createCluster({ rootNodes: [options] })],
];
const WRONG: readonly [value: unknown, said: string][] = [
  [5, 'the number 5'], ['x', 'a value of type string'], [['x'], 'an array'], [true, 'a value of type boolean'], [Symbol('x'), 'a value of type symbol'],
];

function refusal(create: () => unknown): Error & { code?: string } {
  try {
    create();
  } catch (error) {
    return error as Error & { code?: string };
  }
  return assert.fail('was not refused');
}

for (const [what, create] of CREATORS) {
  test(`an option of ${what} of the wrong kind is refused by its name`, () => {
    for (const name of ['socket', 'commandOptions', 'modules', 'functions', 'scripts', 'clientSideCache', 'keyPrefix']) {
      for (const [value, said] of WRONG) {
        if ((name === 'keyPrefix' && value === 'x') || (name === 'clientSideCache' && value === true)) continue;
        const error = refusal(() => create({ [name]: value }));
        assert.ok(error instanceof TypeError);
        assert.equal(error.code, 'OXREDIS_INVALID_OPTION');
        assert.match(error.message, new RegExp(`^(defaults\\.|rootNodes\\[0\\]\\.)?${name} must be .*, got ${said}$`));
      }
    }
  });

  test(`a falsy option of ${what} was not given`, () => {
    for (const name of ['socket', 'commandOptions', 'modules', 'functions', 'scripts', 'clientSideCache', 'keyPrefix']) {
      for (const value of [undefined, null, false, 0, '']) create({ [name]: value });
    }
  });
}

test('options that are no object are refused', () => {
  const cases: [create: () => unknown, name: string][] = [
    [() => createClient(5 as never), 'the options'],
    [() => createClientPool(5 as never), 'the options'],
    [() => createClientPool({}, 5 as never), 'the options'],
    [() => createCluster(5 as never), 'the options'],
    [() => createCluster({ ...roots, defaults: 5 as never }), 'defaults'],
    [() => createCluster({ rootNodes: [{}, 5 as never] }), 'rootNodes\\[1\\]'],
  ];
  for (const [create, name] of cases) {
    const error = refusal(create);
    assert.ok(error instanceof TypeError);
    assert.equal(error.code, 'OXREDIS_INVALID_OPTION');
    assert.match(error.message, new RegExp(`^${name} must be an object, got the number 5$`));
  }
});

test('clientSideCache: true is a cache with the default configuration', () => {
  assert.equal(createCluster({ ...roots, clientSideCache: true as never }).clientSideCache?.size(), 0);
});

test('bytes of another realm are a key prefix', () => {
  const keyPrefix = runInNewContext('new Uint8Array([97, 58])') as Buffer;
  assert.equal(keyPrefix instanceof Uint8Array, false);
  assert.doesNotThrow(() => createCluster({ ...roots, keyPrefix }));
  assert.doesNotThrow(() => createClient({ keyPrefix }));
});
