/**
 * Runs the code that users read: every ```js block of README.md, blocks marked ```js run of docs/*.md, and everything in
 * examples/. Each runs as an ES module of its own, as in a project that has oxredis installed, against a private server
 * in place of redis://localhost:6379.
 *
 *   node tools/check-docs.mjs
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPrivateServer } from './private-server.mjs';
import { ROOT } from './setup/paths.mjs';
import { SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

const TIMEOUT = 60_000;

/** The runnable blocks of a Markdown file. */
function blocks(file) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = [];
  for (const match of text.matchAll(/^```(js|mjs|javascript)([^\n]*)\n([\s\S]*?)^```/gm)) {
    const runs = file === 'README.md' ? !/\bno-run\b/.test(match[2]) : /\brun\b/.test(match[2]);
    const line = text.slice(0, match.index).split('\n').length;
    if (runs) found.push({ name: `${file}:${line}`, code: match[3] });
  }
  return found;
}

/** Points code at a server other than the default one. */
function redirect(code, url) {
  return code
    .replaceAll(/\b(createClient|createClientPool)\(\)/g, `$1({ url: '${url}' })`)
    .replaceAll(/\b(createClient)\(\{(?!\s*url\b)/g, `$1({ url: '${url}', `)
    .replaceAll(/redis:\/\/(localhost|127\.0\.0\.1)(:6379)?\b(?!:)/g, url);
}

await main(async () => {
  await setup();
  const work = mkdtempSync(join(tmpdir(), 'oxredis-docs-'));
  const failed = [];
  let passed = 0;
  const execute = async (name, cwd, file, url) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd, env: { ...process.env, REDIS_URL: url }, encoding: 'utf8', timeout: TIMEOUT });
    console.log(`${status === 0 ? '✓' : '✗'} ${name}`);
    if (status === 0) passed += 1;
    else failed.push(`${name}\n${stdout}${stderr}`);
  };
  const server = await startPrivateServer();
  try {
    mkdirSync(join(work, 'node_modules'));
    for (const name of ['oxredis', 'redis']) symlinkSync(ROOT, join(work, 'node_modules', name), 'junction');
    const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
    for (const file of ['README.md', ...docs.map((name) => `docs/${name}`)].filter((name) => existsSync(join(ROOT, name)))) {
      for (const [index, { name, code }] of blocks(file).entries()) {
        const script = join(work, `${file.replaceAll('/', '-')}-${index}.mjs`);
        writeFileSync(script, redirect(code, server.url));
        await execute(name, work, script, server.url);
      }
    }
    const examples = existsSync(join(ROOT, 'examples')) ? readdirSync(join(ROOT, 'examples')).filter((name) => /\.(mjs|cjs|js)$/.test(name)) : [];
    for (const name of examples) await execute(`examples/${name}`, ROOT, join(ROOT, 'examples', name), server.url);
  } finally {
    await server.stop();
    rmSync(work, { recursive: true, force: true });
  }
  for (const text of failed) console.error(`\n✗ ${text}`);
  console.log(`docs and examples: ${passed} passed, ${failed.length} failed`);
  if (failed.length > 0) throw new SetupError('code that users read does not run');
});
