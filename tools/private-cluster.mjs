import { connect } from 'node:net';
import { freePort, startPrivateServer } from './private-server.mjs';
import { SetupError } from './setup/run.mjs';

const HOST = '127.0.0.1';
const SLOTS = 16_384;
/** The port of the cluster bus is so far above that of the node, and a port as well. */
const BUS_OFFSET = 10_000;
const LAST_PORT = 65_535;
const ATTEMPTS = 20;
const ORDER_TIMEOUT = 20_000;
const LOOK_INTERVAL = 50;

/**
 * Starts a private cluster on the loopback interface, without persistence. It is stopped when this process exits, if not
 * before.
 * @param {{primaries?: number, replicas?: number, args?: string[]}} [options] replicas of each primary; further
 *   arguments for the server program
 * @returns {Promise<{url: string, urls: string[], nodes: {host: string, port: number}[], stop(): Promise<void>}>} when
 *   all nodes serve; the primaries come first in `urls` and `nodes`
 */
export async function startPrivateCluster({ primaries = 3, replicas = 1, args = [] } = {}) {
  const servers = [];
  const stop = async () => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  try {
    for (let i = 0; i < primaries * (1 + replicas); i++) servers.push(await startNode(args));
    await assemble(servers.map(({ port }) => port), primaries);
  } catch (error) {
    await stop();
    throw error;
  }
  const urls = servers.map(({ url }) => url);
  return { url: urls[0], urls, nodes: servers.map(({ port }) => ({ host: HOST, port })), stop };
}

/** Starts a node whose bus has a port of its own, too. */
async function startNode(args) {
  const settings = [
    '--cluster-enabled', 'yes', '--cluster-config-file', 'nodes.conf', '--cluster-node-timeout', '5000',
    '--repl-diskless-sync-delay', '0', '--repl-ping-replica-period', '1', ...args,
  ];
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    if (port + BUS_OFFSET > LAST_PORT) continue;
    try {
      return await startPrivateServer(settings, port);
    } catch (error) {
      // The port of the bus, or in the meantime that of the node, may belong to somebody else.
      if (attempt === ATTEMPTS || !/address already in use|could not create/i.test(error.message)) throw error;
    }
  }
}

/** Makes one cluster of empty nodes. The first ones get the slots, the others follow them in turn. */
async function assemble(ports, primaries) {
  for (const [index, port] of ports.entries()) await command(port, 'CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1));
  for (let i = 0; i < primaries; i++) {
    const [first, end] = [Math.round(SLOTS * i / primaries), Math.round(SLOTS * (i + 1) / primaries)];
    await command(ports[i], 'CLUSTER', 'ADDSLOTS', ...Array.from({ length: end - first }, (_, index) => String(first + index)));
  }
  // All of them: to hear of each other takes them seconds.
  for (const [index, port] of ports.entries()) {
    for (const other of ports.slice(index + 1)) await command(port, 'CLUSTER', 'MEET', HOST, String(other));
  }
  await inOrder('the nodes know each other', ports, async (port) => (await nodeLines(port)).length === ports.length);
  for (const [index, port] of ports.slice(primaries).entries()) {
    const [id] = (await nodeLines(ports[index % primaries])).find((words) => words[2].includes('myself'));
    await command(port, 'CLUSTER', 'REPLICATE', id);
  }
  await inOrder('all nodes serve', ports, async (port) => {
    // Replicas are listed when their offset is known.
    const layout = await command(port, 'CLUSTER', 'SLOTS');
    const isKnown = ports.every((one) => layout.includes(`:${one}\r\n`));
    const isInSync = !(await command(port, 'INFO', 'replication')).includes('master_link_status:down');
    return isKnown && isInSync && (await command(port, 'CLUSTER', 'INFO')).includes('cluster_state:ok');
  });
}

/** The lines of CLUSTER NODES, in words. Nodes that are not introduced yet are left out. */
async function nodeLines(port) {
  const text = await command(port, 'CLUSTER', 'NODES');
  return text.split('\n').map((line) => line.trim().split(' ')).filter((words) => words.length >= 8 && !words[2].includes('handshake'));
}

async function inOrder(what, ports, isFine) {
  const until = Date.now() + ORDER_TIMEOUT;
  for (const port of ports) {
    while (!(await isFine(port))) {
      if (Date.now() > until) throw new SetupError(`a private cluster was not complete within ${ORDER_TIMEOUT / 1000} s: waited until ${what}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
    }
  }
}

/** Sends one command over a connection of its own. @returns its reply as it was sent @throws Error for an error reply */
function command(port, ...words) {
  const encode = (list) => `*${list.length}\r\n${list.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
  return new Promise((resolve, reject) => {
    let reply = '';
    const socket = connect({ host: HOST, port }, () => socket.write(encode(words) + encode(['QUIT'])));
    socket.setEncoding('utf8');
    socket.on('data', (text) => (reply += text));
    socket.once('error', reject);
    // The server closes the connection after QUIT.
    socket.once('close', () => {
      if (reply.startsWith('-')) reject(new Error(`${words.slice(0, 2).join(' ')}: ${reply.slice(1).split('\r\n')[0]}`));
      else resolve(reply);
    });
  });
}
