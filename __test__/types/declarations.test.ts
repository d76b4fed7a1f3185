// dist/index.d.ts and dist/internals.d.ts, which users get, against the types of the sources that it is written from.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import ts from 'typescript';
import { COMMAND_TABLE } from '../../lib/commands';
import { MODULE_TABLES } from '../../lib/commands/modules';
import { REPOSITORY } from '../support/paths';

const OPTIONS: ts.CompilerOptions = {
  strict: true, noEmit: true, types: ['node'], target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16,
};

/** What is compared, asked of either. */
const QUESTIONS = `
  type Arguments<METHOD> = METHOD extends (...args: infer ARGS) => unknown ? ARGS : never;
  type Resolved<METHOD> = METHOD extends (...args: never) => Promise<infer VALUE> ? VALUE : METHOD;
  type Queued<METHOD> = METHOD extends (...args: never) => { execTyped(): Promise<infer REPLIES> } ? REPLIES : never;
  type Methods<T> = { [P in keyof T]: [Arguments<T[P]>, Resolved<T[P]>] };
  type Plain = RedisClientType;
  type Buffers = RedisClientType<{}, {}, {}, 3, { [RESP_TYPES.BLOB_STRING]: BufferConstructor }>;
  type Others = RedisClientType<{}, {}, {}, 3, {
    [RESP_TYPES.MAP]: MapConstructor; [RESP_TYPES.SET]: SetConstructor; [RESP_TYPES.DOUBLE]: StringConstructor; [RESP_TYPES.NUMBER]: StringConstructor
  }>;
  export declare const client: Plain;
  export declare const tables: {
    plain: Methods<Plain>;
    resp2: Methods<RedisClientType<{}, {}, {}, 2>>;
    either: Methods<RedisClientType<{}, {}, {}, RespVersions>>;
    buffers: Methods<Buffers>;
    others: Methods<Others>;
  } & { [NAMESPACE in keyof RedisDefaultModules]: Methods<Plain[NAMESPACE]> };
  type Builder = ReturnType<Plain['multi']>;
  export declare const queued: { [P in 'get' | 'GET' | 'hGetAll' | 'HSET' | 'zRangeWithScores' | 'XINFO_STREAM' | 'clientInfo']: Queued<Builder[P]> };
  export declare const chained: Queued<ReturnType<ReturnType<Builder['incr']>['HGETALL']>['mGet']>;
  export function generic<RESP extends RespVersions>(given: RedisClientType<{}, {}, {}, RESP>) { return given.multi().get('k').execTyped(); }
  export const legacy = client.legacy();
`;

/** The questions as a module beside this file that exists only here. */
function moduleFor(entry: string): { path: string; text: string } {
  return {
    path: join(REPOSITORY, '__test__', 'types', `virtual-${entry === '../../index' ? 'dist' : 'lib'}.ts`),
    text: `import type { RedisClientType, RedisDefaultModules, RESP_TYPES, RespVersions } from '${entry}';\n${QUESTIONS}`,
  };
}

const LIB = moduleFor('../../lib/index');
const DIST = moduleFor('../../index');

/** A program of the given modules. */
function programOf(modules: readonly { path: string; text: string }[], options = OPTIONS): ts.Program {
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  const texts = new Map(modules.map(({ path, text }) => [path, text]));
  host.fileExists = name => texts.has(name) || fileExists(name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile.call(host, name, target, ...rest) : ts.createSourceFile(name, text, target);
  };
  return ts.createProgram([...texts.keys()], options, host);
}

let program: ts.Program;
let checker: ts.TypeChecker;
before(() => {
  program = programOf([LIB, DIST]);
  checker = program.getTypeChecker();
});

const exportsOf = (path: string): ts.Symbol[] =>
  checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile) as ts.Symbol);

/** The type of what a module of questions exports by this name. */
function answer({ path }: { path: string }, name: string): ts.Type {
  return checker.getTypeOfSymbol(exportsOf(path).find((symbol) => symbol.name === name) as ts.Symbol);
}

/** Names that two files declare have a number in the bundle. Members of unions come in no certain order. */
function shown(type: ts.Type): string {
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.InTypeAlias;
  const text = checker.typeToString(type, undefined, flags);
  return text.replaceAll(/import\("[^"]*"\)\./g, '').replaceAll('"', "'").replaceAll(/\b([A-Z][A-Za-z]+)[2-9]\b/g, '$1').split(/(\W)/).sort().join('');
}

/** Every property with its type. */
function listed(type: ts.Type): Record<string, string> {
  return Object.fromEntries(type.getProperties().map((property) => [property.name, shown(checker.getTypeOfSymbol(property))]));
}

/** Fails with what differs, rather than with all that was compared. */
function equal(ours: Record<string, unknown>, sources: Record<string, unknown>, what?: string): void {
  const names = [...new Set([...Object.keys(ours), ...Object.keys(sources)])];
  const differing = names.filter((name) => String(ours[name]) !== String(sources[name])).sort();
  const only = (from: Record<string, unknown>): unknown[] => differing.map((name) => [name, from[name]]);
  assert.deepEqual(only(ours), only(sources), what);
}

test('the files have no errors of their own', () => {
  const declarations = ['index.d.ts', 'internals.d.ts'].map((name) => program.getSourceFile(join(REPOSITORY, 'dist', name).replaceAll('\\', '/')));
  assert.ok(declarations.every((file) => file !== undefined));
  const files = [...declarations, program.getSourceFile(DIST.path)];
  const problems = files.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]);
  assert.deepEqual(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n')), []);
});

test('the exports are those of the sources: values, types, or both', () => {
  const list = (path: string): Record<string, boolean[]> => Object.fromEntries(exportsOf(path).map((symbol) => {
    const { flags } = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return [symbol.name, [(flags & ts.SymbolFlags.Value) !== 0, (flags & ts.SymbolFlags.Type) !== 0]] as [string, boolean[]];
  }).sort());
  equal(list(join(REPOSITORY, 'index.d.ts')), list(join(REPOSITORY, 'lib', 'index.ts')));
});

test('every method takes and gives the same, in both protocols and under mappings', () => {
  const ours = answer(DIST, 'tables');
  const sources = answer(LIB, 'tables');
  const isPublic = ([name]: [string, string]): boolean => !name.startsWith('_');
  let count = 0;
  for (const table of sources.getProperties()) {
    const read = (of: ts.Type): Record<string, string> => Object.fromEntries(
      Object.entries(listed(checker.getTypeOfSymbol(of.getProperty(table.name) as ts.Symbol))).filter(isPublic).sort());
    const expected = read(sources);
    equal(read(ours), expected, table.name);
    count += Object.keys(expected).length;
  }
  assert.ok(count > 4000, `${count} methods compared`);
});

test('every command has a method of its upper-case name, in the modules too', () => {
  for (const [table, commands] of Object.entries({ plain: COMMAND_TABLE, ...MODULE_TABLES })) {
    const property = answer(DIST, 'tables').getProperty(table) as ts.Symbol;
    const names = new Set(checker.getTypeOfSymbol(property).getProperties().map(({ name }) => name));
    const missing = Object.entries(commands).flatMap(([method, { upper }]) => [method, upper]).filter((name) => !names.has(name));
    assert.deepEqual(missing, [], table);
  }
});

test('transactions are tuples of the same replies', () => {
  equal(listed(answer(DIST, 'queued')), listed(answer(LIB, 'queued')));
  assert.equal(shown(answer(DIST, 'chained')), shown(answer(LIB, 'chained')));
  assert.equal(shown(answer(DIST, 'generic')), shown(answer(LIB, 'generic')));
});

test('every member of a client has the documentation of the sources', () => {
  const read = (from: { path: string }, name: string): Record<string, string> => Object.fromEntries(answer(from, name).getProperties()
    .filter(({ name: member }) => !/^(_|#|__#)/.test(member))
    .map((property): [string, string] => {
      const text = ts.displayPartsToString(property.getDocumentationComment(checker));
      return [property.name, text.replaceAll('…', '...').replaceAll(/\{@link (\S+) \}/g, '{@link $1}')];
    })
    .sort());
  // In the sources, upper-case names are computed and have no comments of their own.
  const expected = (name: string): Record<string, string> => {
    const texts = read(LIB, name);
    for (const [method, { upper }] of Object.entries(COMMAND_TABLE)) if (texts[upper] === '') texts[upper] = texts[method] as string;
    return texts;
  };
  equal(read(DIST, 'client'), expected('client'));
  equal(read(DIST, 'legacy'), expected('legacy'));
});

test('internals are no part of what users see', () => {
  assert.deepEqual(answer(DIST, 'client').getProperties().map(({ name }) => name).filter((name) => /^_[a-z]/.test(name)), []);
});
