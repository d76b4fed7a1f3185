/** Records the commands that a server receives: a raw connection that runs MONITOR, without any client library. */
import { connect } from 'node:net';
import { SetupError } from '../setup/run.mjs';

/** Time limit for the server's answers in ms; it is on this machine and otherwise idle. */
const TIMEOUT = 10_000;

/** Commands that clients send about themselves, which differ by name and version. */
const OWN = /^(hello|auth|select|client|ping|info|quit|monitor|command)$/;

/** Values that are random or depend on the time. */
const CHANCE = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b[0-9a-f]{16,}\b/gi, '<hex>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<date>'],
  [/\b1\d{9,15}\b/g, '<time>'],
];

/**
 * Starts to record.
 * @param {number} port of the loopback interface
 * @returns {Promise<() => Promise<string[][]>>} a function that stops and returns the commands, as words
 */
export async function watchServer(port) {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  let ended = false;
  socket.setEncoding('utf8').on('data', (piece) => (text += piece));
  socket.on('error', () => {});
  socket.on('close', () => (ended = true));
  socket.write('MONITOR\r\n');
  const until = async (mark) => {
    const end = Date.now() + TIMEOUT;
    while (!text.includes(mark)) {
      if (ended) throw new SetupError('the server ended the connection that runs MONITOR: did the program kill it?');
      if (Date.now() > end) throw new SetupError(`MONITOR did not tell ${mark.trim()} within ${TIMEOUT / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  await until('+OK\r\n');
  return async () => {
    // A command of our own is the last line: everything before it has arrived by then.
    const last = connect(port, '127.0.0.1');
    last.on('error', () => {});
    last.write('ECHO the-end\r\n');
    try {
      await until('"ECHO" "the-end"');
    } finally {
      socket.destroy();
      last.destroy();
    }
    return text.split('\r\n').map(wordsOf).filter((words) => words.length > 0 && !OWN.test(words[0]) && words[1] !== 'the-end');
  };
}

/**
 * Parses `+1.2 [0 127.0.0.1:1] "set" "a" "1"` to words, and replaces random values and times. Returns nothing for
 * commands of scripts.
 */
function wordsOf(line) {
  const quoted = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/.exec(line);
  if (quoted === null || quoted[1] === 'lua') return [];
  const words = [...quoted[2].matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => CHANCE.reduce((told, [pattern, name]) => told.replace(pattern, name), word));
  return [words[0].toLowerCase(), ...words.slice(1)];
}

/**
 * Commands with several keys. If these come from a SCAN, its pages determine which keys are sent together, and in which
 * order.
 */
const OF_KEYS = /^(del|unlink|mget|exists)$/;

/**
 * Cursors and the number of pages depend on the random seed of the server's hash tables, so only the first page is
 * compared.
 */
const isLaterPage = ([name, cursor]) => name === 'scan' && cursor !== '0';

function linesOf([name, ...args], split) {
  if (!OF_KEYS.test(name)) return [[name, ...args].join(' ')];
  return split ? args.map((key) => `${name} ${key}`) : [[name, ...args.sort()].join(' ')];
}

/**
 * Converts the commands to a form that can be compared.
 * @param {string[][]} commands
 * @param {'exact' | 'sorted' | 'names'} observed
 */
export function comparable(commands, observed) {
  if (observed === 'names') return [...new Set(commands.map(([name]) => name))].sort();
  const lines = commands.filter((words) => !isLaterPage(words)).flatMap((words) => linesOf(words, observed === 'sorted'));
  return observed === 'sorted' ? lines.sort() : lines;
}
