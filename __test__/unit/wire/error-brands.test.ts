/** `instanceof` across copies of the package. */
import assert from 'node:assert/strict';
import { join, sep } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inherits } from 'node:util';
import * as errors from '../../../lib/errors';
import { REPOSITORY } from '../../support/paths';

type Package = typeof errors;

const ENTRY = join(REPOSITORY, 'index.js');
const DIST = join(REPOSITORY, 'dist') + sep;

/** Lets the next `require` make another copy. The engine stays, of which a thread has one. */
function forgetPackage(): void {
  for (const file of Object.keys(require.cache)) if (file === ENTRY || file.startsWith(DIST)) delete require.cache[file];
}

let copies: Package[];

before(async () => {
  // First: Node 20 imports nothing of a CommonJS module that was required and forgotten.
  const imported = await import(pathToFileURL(ENTRY).href) as Package;
  forgetPackage();
  const required = require(ENTRY) as Package;
  forgetPackage();
  copies = [required, require(ENTRY) as Package, imported, errors];
});

const arguments_ = { ReconnectStrategyError: [new Error('strategy'), 1], MultiErrorReply: [[], []] } as Record<string, unknown[]>;

function classNames(): (keyof Package)[] {
  const names = Object.keys(copies[0] as Package).filter((name) => /Error(Reply)?$/.test(name) && name in errors);
  assert.ok(names.length > 15, names.join());
  return names as (keyof Package)[];
}

test('the copies have classes of their own', () => {
  assert.equal(new Set(copies.map(({ ErrorReply }) => ErrorReply)).size, copies.length);
});

test('an error of one copy is an instance of the same classes of another', () => {
  const names = classNames();
  for (const from of copies) {
    for (const name of names) {
      const error = new (from[name] as new (...args: unknown[]) => Error)(...(arguments_[name] ?? []));
      const own = names.filter((other) => error instanceof (from[other] as typeof Error));
      assert.ok(own.includes(name));
      for (const to of copies) assert.deepEqual(names.filter((other) => error instanceof (to[other] as typeof Error)), own, name);
    }
  }
});

test('classes are told apart as ever', () => {
  for (const { SimpleError, BlobError, ErrorReply, TimeoutError, WatchError, SocketTimeoutDuringMaintenanceError } of copies) {
    for (const other of copies) {
      const simple = new other.SimpleError('ERR');
      assert.ok(simple instanceof SimpleError && simple instanceof ErrorReply && simple instanceof Error);
      assert.ok(!(simple instanceof BlobError) && !(simple instanceof WatchError));
      assert.ok(!(new other.ErrorReply('ERR') instanceof SimpleError));
      assert.ok(new other.SocketTimeoutDuringMaintenanceError(1) instanceof TimeoutError);
      assert.ok(!(new other.TimeoutError() instanceof SocketTimeoutDuringMaintenanceError));
    }
    for (const stranger of [new Error('ERR'), {}, null, undefined, 'text', 1, (): void => undefined, Object.create(null)]) {
      assert.ok(!((stranger as unknown) instanceof ErrorReply));
    }
  }
});

test('a class that a user derives has only its own instances', () => {
  const [{ ErrorReply, SimpleError }, other] = copies as [Package, Package];
  class Own extends ErrorReply {}
  class OwnAgain extends Own {}
  const own = new Own('ERR');
  assert.ok(own instanceof Own && own instanceof ErrorReply && own instanceof other.ErrorReply);
  assert.ok(new OwnAgain('ERR') instanceof Own && !(own instanceof OwnAgain) && !(own instanceof SimpleError));
  for (const error of [new ErrorReply('ERR'), new SimpleError('ERR'), new other.ErrorReply('ERR')]) assert.ok(!(error instanceof Own));
  class Sibling extends ErrorReply {}
  assert.ok(!(own instanceof Sibling));
  function Old(): void {}
  inherits(Old, ErrorReply);
  assert.ok(!(own instanceof (Old as unknown as typeof Error)));
  assert.ok(Object.create(Old.prototype as object) instanceof ErrorReply);
});

test('the details of a foreign error can be read, and added', () => {
  const [{ SimpleError, SocketTimeoutError }] = copies as [Package];
  const described = errors.describeError(new SimpleError('LOADING x'), { command: 'GET', phase: 'written' });
  assert.deepEqual([described.code, described.command, described.phase, described.kind], ['LOADING', 'GET', 'written', 'LOADING']);
  assert.deepEqual(Object.keys(described), []);
  assert.equal(errors.SocketTimeoutError.copy(new SocketTimeoutError(5)), undefined);
  assert.equal(errors.SocketTimeoutError.copy(new errors.SocketTimeoutError(5))?.message, new errors.SocketTimeoutError(5).message);
});
