/** Reads the command tables from the sources of lib/commands: rows, names and doc comments. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const COMMANDS = fileURLToPath(new URL('../lib/commands/', import.meta.url));
export const MODULES = join(COMMANDS, 'modules');

/** Returns the upper-case method name of a row. */
export function upperOf(call) {
  const [name, , , traits] = call.arguments;
  if (traits !== undefined && ts.isObjectLiteralExpression(traits)) {
    for (const property of traits.properties) {
      if (ts.isPropertyAssignment(property) && property.name.getText() === 'upper') return property.initializer.text;
    }
  }
  return name.text.slice(name.text.indexOf('.') + 1).replaceAll(' ', '_');
}

/**
 * Yields the exported constants of a file that are command tables: objects whose properties are all calls of `command`.
 */
function* tablesOf(source) {
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement) || !statement.modifiers?.some(m => m.kind === ts.SyntaxKind.ExportKeyword)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (initializer === undefined || !ts.isObjectLiteralExpression(initializer)) continue;
      const rows = initializer.properties.filter(property => ts.isPropertyAssignment(property)
        && ts.isCallExpression(property.initializer) && property.initializer.expression.getText() === 'command');
      if (rows.length > 0) yield { table: name.text, rows };
    }
  }
}

/** Returns the doc comment of a row, as written in the source. @throws Error if it has none */
export function documentationOf(text, row, file) {
  const comment = ts.getLeadingCommentRanges(text, row.pos)?.map(({ pos, end }) => text.slice(pos, end)).findLast(c => c.startsWith('/**'));
  if (comment === undefined) throw new Error(`${file}: ${row.name.getText()} has no documentation`);
  return comment;
}

/** Yields the tables below a directory: `{path, table, rows}`, with paths relative to it. */
export function* tablesBelow(directory, paths) {
  for (const path of paths.filter(name => name.endsWith('.ts')).sort()) {
    const text = readFileSync(join(directory, path), 'utf8');
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    for (const { table, rows } of tablesOf(source)) yield { path, text, table, rows };
  }
}

/** Areas whose title differs from the name of their table. */
const TITLES = {
  acl: 'ACL', bitmaps: 'bitmaps', hyperLogLog: 'HyperLogLog', clients: 'clients', himport: 'hash import', hotkeys: 'hot keys',
  newerKeys: 'newer commands', pubsub: 'pub/sub', sortedSets: 'sorted sets', sortedSetRanges: 'sorted sets', sorting: 'lists and sorting',
  lists: 'lists and sorting', streams: 'streams', streamGroups: 'streams', vectors: 'vector sets', introspection: 'descriptions of commands',
};

/** Namespaces of modules, by the prefix of their command names. */
const NAMESPACES = {
  BF: ['bf', 'Bloom filters'], CF: ['cf', 'cuckoo filters'], CMS: ['cms', 'count-min sketches'], FT: ['ft', 'search'], JSON: ['json', 'JSON documents'],
  TDIGEST: ['tDigest', 't-digests'], TOPK: ['topK', 'top-K'], TS: ['ts', 'time series'],
};

/**
 * Returns all commands by area, core commands first: `{area, namespace, method, upper, wire, documentation}`.
 * `namespace` is `client` for methods of the client itself.
 */
export function commandRows(list) {
  const core = list(COMMANDS).filter((path) => !path.includes('/') && !path.includes('\\'));
  const tables = [...tablesBelow(COMMANDS, core)].map((table) => ({ ...table, isModule: false }));
  tables.push(...[...tablesBelow(MODULES, list(MODULES))].map((table) => ({ ...table, isModule: true })));
  return tables.flatMap(({ path, text, table, rows, isModule }) => rows.map((row) => {
    const wire = row.initializer.arguments[0].text;
    const [namespace, title] = isModule ? NAMESPACES[wire.split('.')[0]] : ['client', TITLES[table] ?? table];
    const documentation = documentationOf(text, row, path).replace(/^\/\*\*|\*\/$/g, '').replace(/\s*\n\s*\* ?/g, ' ').trim();
    return { area: isModule ? `${title} (\`client.${namespace}\`)` : title, namespace, method: row.name.text, upper: upperOf(row.initializer), wire, documentation, row, file: path };
  }));
}
