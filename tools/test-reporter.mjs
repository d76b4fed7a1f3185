import { relative } from 'node:path';
import { inspect } from 'node:util';
import { ROOT } from './setup/paths.mjs';

/**
 * A reporter for node's test runner. It prints one line per file, failures in full as they happen and once more by name
 * at the end, tests that were not run with the reasons, and the runner's own closing lines.
 */
export default async function* report(source) {
  const files = new Map();
  const failures = [];
  const totals = new Map();
  const notRun = new Map();
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') {
      if (isFileItself(data)) {
        // Printed only if no test of the file failed: then the file itself failed, while loading or after its tests.
        if (type === 'test:fail' && !files.get(data.file ?? data.name)?.failed) yield* failure(data, failures);
        continue;
      }
      const file = data.file ?? 'unknown';
      const entry = files.get(file) ?? { passed: 0, failed: 0, skipped: 0, milliseconds: 0 };
      files.set(file, entry);
      if (data.skip !== undefined) {
        entry.skipped += 1;
        const why = typeof data.skip === 'string' ? data.skip : 'no reason is given';
        notRun.set(why, [...(notRun.get(why) ?? []), data.name]);
      } else if (type === 'test:pass') entry.passed += 1;
      else if (!isBecauseOfSubtests(data)) {
        entry.failed += 1;
        yield* failure(data, failures);
      }
      if (data.nesting === 0) entry.milliseconds += data.details?.duration_ms ?? 0;
    } else if (type === 'test:diagnostic') {
      const match = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/.exec(data.message);
      if (match && data.nesting === 0) totals.set(match[1], match[2]);
    } else if (type === 'test:stderr' || type === 'test:stdout') {
      yield data.message;
    }
  }
  yield '\n';
  for (const [file, { passed, failed, skipped, milliseconds }] of [...files].sort()) {
    const mark = failed > 0 ? '✗' : passed > 0 ? '✓' : '-';
    const count = [`${passed} passed`, failed > 0 && `${failed} FAILED`, skipped > 0 && `${skipped} not run`].filter(Boolean).join(', ');
    yield `${mark} ${shorten(file)}  ${count}  (${(milliseconds / 1000).toFixed(1)} s)\n`;
  }
  if (notRun.size > 0) yield `\nNot run:\n${[...notRun].map(([why, names]) => `  - ${names.length} × ${why}${some(names)}\n`).join('')}`;
  if (failures.length > 0) yield `\nFailed:\n${failures.map((name) => `  ✗ ${name}\n`).join('')}`;
  yield '\n';
  for (const [name, value] of totals) yield `ℹ ${name} ${value}\n`;
}

/** Returns the first few of many names. */
function some(names) {
  return `: ${names.slice(0, 6).join(', ')}${names.length > 6 ? ', …' : ''}`;
}

/** The runner also reports each file as a test, which matters only if the file as a whole failed. */
function isFileItself(data) {
  return data.nesting === 0 && (data.name === data.file || /\.test\.js$/.test(data.name));
}

function isBecauseOfSubtests(data) {
  return data.details?.error?.failureType === 'subtestsFailed';
}

function* failure(data, failures) {
  const name = `${shorten(data.file ?? '')}:${data.line ?? '?'} ${data.name}`;
  failures.push(name);
  const error = data.details?.error;
  const cause = error?.cause ?? error;
  yield `\n✗ ${name}\n${indent(cause instanceof Error || typeof cause === 'string' ? show(cause) : inspect(cause))}\n`;
}

function show(cause) {
  return typeof cause === 'string' ? cause : inspect(cause, { depth: 4 });
}

function indent(text) {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

function shorten(file) {
  return relative(ROOT, file).replace(/^dist-test\//, '').replace(/\.js$/, '');
}
