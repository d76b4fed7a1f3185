/** What a server saw: a connection of its own that runs MONITOR, without any client. */
import { connect } from 'node:net';

/** Commands of a client about itself: they differ by name and version. */
const OWN = /^(hello|auth|select|client|ping|info|quit|monitor|command)$/;

/** What is drawn by chance or told by a clock. */
const CHANCE = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b[0-9a-f]{16,}\b/gi, '<hex>'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<date>'],
  [/\b1\d{9,15}\b/g, '<time>'],
];

/**
 * Starts to watch.
 * @param {number} port of the loopback interface
 * @returns {Promise<() => Promise<string[][]>>} ends the watching and gives the commands, as words
 */
export async function watchServer(port) {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => (text += piece));
  socket.on('error', () => {});
  socket.write('MONITOR\r\n');
  const until = async (mark) => {
    while (!text.includes(mark)) await new Promise((resolve) => socket.once('data', resolve));
  };
  await until('+OK\r\n');
  return async () => {
    // A command of our own is the last line: all before it has arrived then.
    const last = connect(port, '127.0.0.1');
    last.on('error', () => {});
    last.end('ECHO the-end\r\n');
    await until('"ECHO" "the-end"');
    socket.destroy();
    return text.split('\r\n').map(wordsOf).filter((words) => words.length > 0 && !OWN.test(words[0]) && words[1] !== 'the-end');
  };
}

/** `+1.2 [0 127.0.0.1:1] "set" "a" "1"`: the words, without what chance and clocks give. What scripts call is left out. */
function wordsOf(line) {
  const quoted = /^\+[\d.]+ \[\d+ (\S+)\] (.*)$/.exec(line);
  if (quoted === null || quoted[1] === 'lua') return [];
  const words = [...quoted[2].matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => CHANCE.reduce((text, [pattern, name]) => text.replace(pattern, name), word));
  return [words[0].toLowerCase(), ...words.slice(1)];
}

/** Two lists of commands as one can compare them. */
export function comparable(commands, observed) {
  const lines = commands.map((words) => words.join(' '));
  if (observed === 'exact') return lines;
  if (observed === 'sorted') return lines.sort();
  return [...new Set(commands.map(([name]) => name))].sort();
}
