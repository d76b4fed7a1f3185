/** A minimal client that writes prebuilt commands to a socket. It fills the server with data and publishes messages. */
import net from 'node:net';

/** Encodes one command in RESP, as text. */
export function encode(command) {
  let text = `*${command.length}\r\n`;
  for (const argument of command) text += `$${Buffer.byteLength(argument)}\r\n${argument}\r\n`;
  return text;
}

/**
 * Sends commands and waits until the last one is answered.
 * @param {{host: string, port: number}} target
 * @param {Iterable<string[]>} commands whose replies must be neither errors nor binary
 * @returns {Promise<void>} rejects on the first error reply, or if the socket closes early
 */
export function sendAll({ host, port }, commands) {
  const end = '+bench-end\r\n';
  return new Promise((resolve, reject) => {
    let tail = '';
    const socket = net.connect({ host, port });
    socket.setEncoding('latin1');
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', text => {
      const failure = /(?:^|\r\n)(-[^\r]*)\r\n/.exec(tail + text);
      if (failure) reject(new Error(`the server answered ${failure[1]}`));
      tail = (tail + text).slice(-200);
      if (failure || tail.endsWith(end)) socket.destroy();
      if (tail.endsWith(end)) resolve();
    });
    for (const command of commands) socket.write(encode(command));
    socket.write(encode(['EVAL', "return {ok='bench-end'}", '0']));
  });
}
