/**
 * A package registry on the loopback interface, for tools that install oxredis before it is published. It serves the
 * packed tarballs, and passes all other requests on to the registry that npm is configured with. Answers are cached in
 * memory, because several package managers ask for the same packages.
 */
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { describePackage } from './packages.mjs';

/** Time limit in ms for one answer of the configured registry, body included; large tarballs take seconds. */
const UPSTREAM_TIMEOUT = 60_000;
const ATTEMPTS = 3;
/** Headers of its answers that are also true of ours. */
const PASSED_ON = ['content-type', 'etag', 'last-modified', 'cache-control'];

/** Returns the address of the registry that npm is configured with, without a trailing slash. */
function configuredRegistry() {
  const shell = process.platform === 'win32';
  return execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', shell, timeout: 30_000 }).trim().replace(/\/$/, '');
}

/** Fetches from the configured registry, with several attempts, because a run makes hundreds of requests. */
async function fetchFrom(upstream, path, accept) {
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(upstream + path, { headers: { accept }, signal: AbortSignal.timeout(UPSTREAM_TIMEOUT) });
      if (response.status >= 500 && attempt < ATTEMPTS) continue;
      return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Returns a function that passes a request on to the configured registry, once per resource. `here()` returns our own
 * address.
 */
function passingOn(here) {
  const upstream = configuredRegistry();
  const kept = new Map();
  const ask = async (path, accept) => {
    const { status, headers, body } = await fetchFrom(upstream, path, accept);
    const told = Object.fromEntries(PASSED_ON.filter((name) => headers.has(name)).map((name) => [name, headers.get(name)]));
    // Addresses of tarballs are rewritten to this registry.
    const json = /json/.test(told['content-type'] ?? '');
    return { status, headers: told, body: json ? Buffer.from(body.toString().replaceAll(`${upstream}/`, `${here()}/`)) : body };
  };
  return (path, accept) => {
    const key = `${accept} ${path}`;
    if (!kept.has(key)) {
      const answer = ask(path, accept);
      answer.catch(() => kept.delete(key));
      kept.set(key, answer);
    }
    return kept.get(key);
  };
}

/**
 * Starts the registry.
 * @param {{manifest: object, tarball: string}[]} packages those that it serves itself
 * @returns {Promise<{url: string, stop(): Promise<void>}>}
 */
export async function startLocalRegistry(packages) {
  const own = new Map();
  let url = '';
  const passOn = passingOn(() => url);

  const answer = async ({ method, url: address, headers }) => {
    // Package managers also send queries for security advisories, which this registry does not answer.
    if (method !== 'GET' && method !== 'HEAD') return { status: 404, headers: {}, body: '' };
    const path = decodeURIComponent(address).split('?', 1)[0];
    const found = own.get(path);
    if (found === undefined) return passOn(address, headers.accept ?? '*/*');
    return { status: 200, headers: { 'content-type': typeof found === 'string' ? 'application/json' : 'application/octet-stream' }, body: found };
  };

  const server = createServer((request, response) => {
    answer(request)
      .catch((error) => ({ status: 502, headers: {}, body: String(error) }))
      .then(({ status, headers, body }) => {
        response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
        response.end(request.method === 'HEAD' ? undefined : body);
      });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${server.address().port}`;
  for (const one of packages) {
    const { name, page, path, data } = describePackage(one, url);
    own.set(`/${name}`, JSON.stringify(page));
    own.set(path, data);
  }
  const stop = () => new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  return { url, stop };
}
