/** Reads options, errors and events from the sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../setup/paths.mjs';
import { filesUnder } from '../setup/stamp.mjs';

/** The release that introduced an option, unless its comment has `@since`. */
const FIRST = '6.3.0';

function parsed(file) {
  return ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.ES2022, true);
}

/** Returns the text of a doc comment in one line, and its tags. */
function documentation(node) {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const comment = comments.at(-1);
  const text = comment === undefined ? '' : (ts.getTextOfJSDocComment(comment.comment) ?? '');
  const tags = Object.fromEntries((comment?.tags ?? []).map((tag) => [tag.tagName.text, ts.getTextOfJSDocComment(tag.comment) ?? '']));
  return { text: text.replaceAll(/\s*\n\s*(?:- )?/g, ' ').trim(), tags };
}

/** Splits `Default 5000; 0 waits for ever.` into the default and the rest of the text. */
function splitDefault(text) {
  const match = /\s*\bDefault:? ([^.;]+(?:\.\d+)?)[.;]?/.exec(text);
  if (match === null) return { what: text, fallback: '–' };
  const rest = text.slice(match.index + match[0].length).trim();
  return { what: [text.slice(0, match.index).trim(), rest && rest[0].toUpperCase() + rest.slice(1)].filter(Boolean).join(' '), fallback: match[1] };
}

/** @returns {'ms' | 'µs' | 'bytes' | '–'} the unit of a number, as the comment states it */
function unitOf(text) {
  if (/^Ms\b|\bin ms\b/.test(text)) return 'ms';
  if (/^Microseconds\b/.test(text)) return 'µs';
  return /\bbytes\b/.test(text) && /^Most\b/.test(text) ? 'bytes' : '–';
}

/**
 * Returns the members of an interface.
 * @param {string} file relative to the root
 * @returns {{name: string, type: string, unit: string, fallback: string, what: string, since: string}[]}
 */
export function membersOf(file, name, wholeUnit) {
  const source = parsed(file);
  const found = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (found === undefined) throw new Error(`${file} has no interface ${name}`);
  return found.members.filter(ts.isPropertySignature).map((member) => {
    const { text, tags } = documentation(member);
    if (text === '') throw new Error(`${file}: ${name}.${member.name.getText()} has no comment`);
    const { what, fallback } = splitDefault(text);
    const type = member.type.getText().replaceAll(/\s+/g, ' ');
    const unit = wholeUnit !== undefined && type.includes('number') && unitOf(text) === '–' ? wholeUnit : unitOf(text);
    return { name: member.name.getText(), type, unit: type.includes('number') ? unit : '–', fallback, what, since: tags.since ?? FIRST };
  });
}

/** Returns the error classes of lib/errors.ts: their names, codes and comments. */
export function errorClasses() {
  return parsed('lib/errors.ts').statements.filter((node) => ts.isClassDeclaration(node) && node.name.text !== 'ClientError').map((node) => {
    const codes = node.members.filter((member) => ts.isPropertyDeclaration(member) && member.name.getText() === 'code');
    const { text } = documentation(node);
    return { name: node.name.text, base: node.heritageClauses?.[0]?.types[0]?.expression.getText(), code: codes[0]?.initializer?.text, what: text.replace(/ Code `\w+`\.?/, '') };
  });
}

/**
 * Returns the errors of servers, from the rows of the table in src/proto/server_error.rs.
 * @returns {{word: string, retry: string, what: string}[]}
 */
export function serverErrors() {
  const source = readFileSync(join(ROOT, 'src/proto/server_error.rs'), 'utf8');
  const [, table] = /^server_errors! \{\n([\s\S]*?)^\}$/m.exec(source);
  const rows = table.split(/;\n/).map((row) => row.trim()).filter((row) => row !== '');
  return rows.map((row) => {
    const [, comment, word, retry] = /^((?:\s*\/\/\/.*\n)+)\s*\w+ "([A-Z]+)" (\w+)$/.exec(row) ?? [];
    if (word === undefined) throw new Error(`src/proto/server_error.rs: a row that cannot be read: ${row}`);
    return { word, retry: retry.toLowerCase(), what: comment.split('\n').map((line) => line.replace(/^\s*\/\/\/ ?/, '')).join(' ').trim() };
  });
}

/** Returns all codes that the sources mention. */
export function allCodes() {
  const codes = new Set();
  for (const file of filesUnder(['lib', 'src'])) {
    for (const [, code] of readFileSync(join(ROOT, file), 'utf8').matchAll(/['"`](OXREDIS_[A-Z_]*[A-Z])['"`]/g)) codes.add(code);
  }
  // Environment variables are not codes.
  for (const name of [...codes]) if (/^OXREDIS_(ADDON|TRANSPORT|TEST|REDIS)/.test(name) && !name.startsWith('OXREDIS_ADDON_MIS')) codes.delete(name);
  return [...codes].sort();
}

/** Returns all events that the sources emit by name. */
export function emittedEvents(folder) {
  const names = new Set();
  for (const file of filesUnder([folder])) {
    for (const [, name] of readFileSync(join(ROOT, file), 'utf8').matchAll(/\b(?:emit|_?report|happened)\(\s*(?:life(?:\(\))?, )?'([a-z-]+)'/g)) names.add(name);
  }
  return names;
}
