import type { Socket } from 'node:net';

/**
 * Closes a TCP connection with a reset (RST) and nothing before it. `resetAndDestroy` alone shuts the writing side
 * down first, so the peer sees an orderly end; the flag that it sets, without that shutdown, is what is wanted here.
 */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting || 'encrypted' in socket) {
    socket.destroy();
    return;
  }
  (socket as Socket & { resetAndClosing: boolean }).resetAndClosing = true;
  socket.destroy();
}
