import type { Socket } from 'node:net';

/**
 * Closes a TCP connection with a reset (RST) and nothing before it. `resetAndDestroy` alone shuts the writing side
 * down first, so the peer sees an orderly end; the flag that it sets, without that shutdown, is what is wanted here.
 *
 * @param above the TLS socket that lies on it
 */
export function resetSocket(socket: Socket, above: Socket = socket): void {
  if (socket.destroyed) return;
  // While it is being shut down it cannot be reset: Node would lose it, open, and the process would never end.
  if (socket.connecting || 'encrypted' in socket || isEnding(socket) || isEnding(above)) {
    socket.destroy();
    return;
  }
  (socket as Socket & { resetAndClosing: boolean }).resetAndClosing = true;
  socket.destroy();
}

function isEnding({ writableEnded, writableFinished }: Socket): boolean {
  return writableEnded && !writableFinished;
}
