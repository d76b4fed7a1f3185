// What applications write about the types of npm redis, in `patterns/`: it compiles with npm redis and with this package, and so do
// the declarations that compilers write of it.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { REPOSITORY } from '../support/paths';

const FOLDER = join(REPOSITORY, '__test__', 'types', 'patterns');
const CONSUMER = 'consumer.ts';
/** Rejected by npm redis; or accepted, but its types of clusters take the compiler a minute and 2.5 GB. */
const ONLY_HERE = ['beyond.ts', 'clusters.ts'];
/** Changes the types of a whole program. */
const AUGMENTED = 'augmented.ts';
const PATTERNS = readdirSync(FOLDER).filter((name) => name !== CONSUMER && name !== AUGMENTED);

const OPTIONS: ts.CompilerOptions = {
  strict: true, declaration: true, emitDeclarationOnly: true, target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'], types: ['node'], typeRoots: [join(REPOSITORY, 'node_modules', '@types')],
};
const BUNDLER: ts.CompilerOptions = { ...OPTIONS, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
const NODE16: ts.CompilerOptions = { ...OPTIONS, module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 };
/** The name `redis` means this package. */
const OURS: ts.CompilerOptions = { ...BUNDLER, skipLibCheck: false, paths: { redis: [join(REPOSITORY, 'index.d.ts')] } };
const THEIRS: ts.CompilerOptions = { ...BUNDLER, skipLibCheck: true };

interface Compiled { problems: string[]; declarations: Map<string, string> }

const slashes = (path: string): string => path.replaceAll('\\', '/');

/** Compiles files, those that are given and those on the disk. Files that are given as `undefined` are not there. */
function compile(roots: readonly string[], options: ts.CompilerOptions, given = new Map<string, string | undefined>()): Compiled {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => (given.has(name) ? given.get(name) !== undefined : fileExists(name));
  host.readFile = (name) => (given.has(name) ? given.get(name) : readFile(name));
  host.getSourceFile = (name, target, ...rest) => {
    const text = given.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, target);
    return given.has(name) ? undefined : getSourceFile.call(host, name, target, ...rest);
  };
  const program = ts.createProgram(roots.map(slashes), options, host);
  const declarations = new Map<string, string>();
  const emitted = options.noEmit ? [] : program.emit(undefined, (name, text) => declarations.set(name, text)).diagnostics;
  const found = [...program.getOptionsDiagnostics(), ...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics(), ...emitted];
  const problems = found.map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? `${basename(file.fileName)}:${file.getLineAndCharacterOfPosition(start).line + 1}: ` : '';
    return line + ts.flattenDiagnosticMessageText(messageText, '\n').slice(0, 600);
  });
  return { problems: [...new Set(problems)], declarations };
}

const paths = (names: readonly string[]): string[] => names.map((name) => join(FOLDER, name));
const noProblems = ({ problems }: Compiled): void => assert.deepEqual(problems, []);

test('the patterns compile with npm redis', () => {
  noProblems(compile(paths(PATTERNS.filter((name) => !ONLY_HERE.includes(name))), THEIRS));
});

test('they compile here, and what the compiler writes of them is used', () => {
  const compiled = compile(paths(PATTERNS), OURS);
  noProblems(compiled);
  assert.equal(compiled.declarations.size, PATTERNS.length);
  for (const [name, text] of compiled.declarations) assert.ok(text.length < 100_000, `${basename(name)} is written out: ${text.length} characters`);
  const given = new Map<string, string | undefined>([...compiled.declarations].map(([name, text]) => [slashes(name), text]));
  for (const path of paths(PATTERNS)) given.set(slashes(path), undefined);
  noProblems(compile([join(FOLDER, CONSUMER), ...compiled.declarations.keys()], { ...OURS, noEmit: true, emitDeclarationOnly: false }, given));
});

test('modules that an application adds to all clients are there, with npm redis and here', () => {
  noProblems(compile(paths([AUGMENTED]), THEIRS));
  noProblems(compile(paths([AUGMENTED]), OURS));
});

test('a user mistake is an error', () => {
  const name = slashes(join(FOLDER, 'mistake.ts'));
  const text = "import { createClient, type RedisClientType } from 'redis';\nexport const client: RedisClientType = createClient({ RESP: 2 });\n";
  assert.match(compile([name], { ...OURS, skipLibCheck: true }, new Map([[name, text]])).problems.join('\n'), /mistake\.ts:2: Type 'RedisClientType<\{\}, \{\}, \{\}, 2/);
});

/** An application that has this package as `redis`, with files of both kinds of modules. */
function application(names: readonly string[], run: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'oxredis-patterns-'));
  try {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(REPOSITORY, join(folder, 'node_modules', 'redis'), 'junction');
    for (const name of names) {
      for (const kind of ['cts', 'mts']) writeFileSync(join(folder, name.replace(/ts$/, kind)), readFileSync(join(FOLDER, name)));
    }
    run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('an installed package is named by its name, from CommonJS and from ES modules', () => {
  const names = ['factories.ts', 'transactions.ts'];
  application(names, (folder) => {
    const files = names.flatMap((name) => ['cts', 'mts'].map((kind) => join(folder, name.replace(/ts$/, kind))));
    const compiled = compile(files, { ...NODE16, skipLibCheck: true });
    noProblems(compiled);
    for (const text of compiled.declarations.values()) {
      const modules = [...text.matchAll(/(?:from |import\()["']([^"']+)/g)].map(([, name]) => name);
      assert.deepEqual(modules.filter((name) => !/^redis(\/dist\/internals(\.js)?)?$/.test(name ?? '')), []);
    }
    const given = new Map<string, string | undefined>([...compiled.declarations].map(([name, text]) => [slashes(name), text]));
    for (const path of files) given.set(slashes(path), undefined);
    noProblems(compile([...compiled.declarations.keys()], { ...NODE16, noEmit: true, emitDeclarationOnly: false }, given));
  });
});
