/**
 * Runs the code in the documentation: every ```js block of README.md, blocks marked ```js run in docs/*.md, and
 * everything in examples/. Each runs as an ES module, as in a project that has oxredis installed, with a private server
 * instead of redis://localhost:6379, and a private cluster instead of redis://localhost:7000, 7001 and 7002. Before that
 * it checks that links have targets, and that the README shows the figures of docs/benchmarks.md.
 *
 *   node tools/check-docs.mjs
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startPrivateCluster } from './private-cluster.mjs';
import { startPrivateServerWithTls } from './private-server.mjs';
import { updatedReadme } from './readme-benchmark.mjs';
import { ROOT } from './setup/paths.mjs';
import { SetupError } from './setup/run.mjs';
import { main, setup } from './setup.mjs';

const TIMEOUT = 60_000;

/** Returns the runnable blocks of a Markdown file. */
function blocks(file) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found = [];
  for (const match of text.matchAll(/^```(js|mjs|javascript)\b([^\n]*)\n([\s\S]*?)^```/gm)) {
    const runs = file === 'README.md' ? !/\bno-run\b/.test(match[2]) : /\brun\b/.test(match[2]);
    const line = text.slice(0, match.index).split('\n').length;
    if (runs) found.push({ name: `${file}:${line}`, code: match[3] });
  }
  return found;
}

/** Returns the links of a Markdown file to missing files, and to missing headings of the same file. */
function deadLinks(file) {
  const text = readFileSync(join(ROOT, file), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  const anchors = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title.toLowerCase().replace(/[^\w\s-]/g, '').replaceAll(/\s/g, '-'));
  const isDead = (target) => {
    if (/^\w+:/.test(target)) return false;
    const [path, anchor] = target.split('#');
    return path === '' ? !anchors.includes(anchor) : !existsSync(join(ROOT, dirname(file), path));
  };
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]);
  return targets.filter(isDead).map((target) => `${file}: nothing is at ${target}`);
}

/** Replaces the default addresses of a server and of a cluster in code by others. */
function redirect(code, url, clusterUrls) {
  return code
    .replaceAll(/redis:\/\/(?:localhost|127\.0\.0\.1):700([0-2])\b/g, (_, digit) => clusterUrls[digit])
    .replaceAll(/\b(createClient|createClientPool)\(\)/g, `$1({ url: '${url}' })`)
    .replaceAll(/\b(createClient)\(\{(?!\s*url\b)/g, `$1({ url: '${url}', `)
    .replaceAll(/redis:\/\/(localhost|127\.0\.0\.1)(:6379)?\b(?!:)/g, url);
}

await main(async () => {
  await setup();
  const work = mkdtempSync(join(tmpdir(), 'oxredis-docs-'));
  const docs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.map((name) => `docs/${name}`)].filter((name) => existsSync(join(ROOT, name)));
  const failed = pages.flatMap(deadLinks);
  if (updatedReadme() !== readFileSync(join(ROOT, 'README.md'), 'utf8')) failed.push('README.md has other figures than docs/benchmarks.md: node tools/readme-benchmark.mjs');
  let passed = 0;
  const execute = async (name, cwd, file, env) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd, env: { ...process.env, ...env }, encoding: 'utf8', timeout: TIMEOUT });
    console.log(`${status === 0 ? '✓' : '✗'} ${name}`);
    if (status === 0) passed += 1;
    else failed.push(`${name}\n${stdout}${stderr}`);
  };
  const server = await startPrivateServerWithTls();
  const url = server.env.REDIS_URL;
  let cluster;
  try {
    cluster = await startPrivateCluster();
    const env = { ...server.env, REDIS_CLUSTER_URLS: cluster.urls.join(',') };
    mkdirSync(join(work, 'node_modules'));
    for (const name of ['oxredis', 'redis']) symlinkSync(ROOT, join(work, 'node_modules', name), 'junction');
    for (const file of pages) {
      for (const [index, { name, code }] of blocks(file).entries()) {
        const script = join(work, `${file.replaceAll('/', '-')}-${index}.mjs`);
        writeFileSync(script, redirect(code, url, cluster.urls));
        await execute(name, work, script, env);
      }
    }
    const examples = existsSync(join(ROOT, 'examples')) ? readdirSync(join(ROOT, 'examples')).filter((name) => /\.(mjs|cjs|js)$/.test(name)) : [];
    for (const name of examples) await execute(`examples/${name}`, ROOT, join(ROOT, 'examples', name), env);
  } finally {
    await Promise.all([server.stop(), cluster?.stop()]);
    rmSync(work, { recursive: true, force: true });
  }
  for (const text of failed) console.error(`\n✗ ${text}`);
  console.log(`docs and examples: ${passed} passed, ${failed.length} failed`);
  if (failed.length > 0) throw new SetupError('code that users read does not run');
});
