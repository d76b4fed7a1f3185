import type { Socket } from 'node:net';
import { FrameScanner } from './frame-scanner';

/** How bytes of one direction are passed on. */
export interface Shape {
  /** Ms that each piece is late. */
  delay: number;
  /** Largest piece that is passed on at once, with a turn of the loop after it; 0: as it came. */
  piece: number;
  /** How many received chunks are put together before they go on. */
  gather: number;
}

/** Bytes that are sent in small pieces before the rest of a chunk goes at once: a megabyte byte by byte would take minutes. */
const MOST_PIECES = 64;

/** One direction of a connection through the proxy. */
export class Lane {
  forwarded = 0;
  shape: Shape = { delay: 0, piece: 0, gather: 1 };
  private queue: Buffer[] = [];
  private stalled = false;
  private running = false;
  private ending = false;
  private readonly scanner: FrameScanner | undefined;
  private injections: Buffer[] = [];
  private cut: { at: number; then: () => void } | undefined;

  /** @param scanned whether replies are looked for, so that bytes can be put between them */
  constructor(private readonly target: Socket, scanned: boolean) {
    this.scanner = scanned ? new FrameScanner() : undefined;
  }

  push(chunk: Buffer): void {
    this.queue.push(chunk);
    this.run();
  }

  /** The sender has ended; so does the receiver's side when all has been passed on. */
  end(): void {
    this.ending = true;
    this.run();
  }

  stall(): void {
    this.stalled = true;
  }

  goOn(): void {
    this.stalled = false;
    this.run();
  }

  /** Passes on exactly so many further bytes, then does something. */
  cutAfter(bytes: number, then: () => void): void {
    if (bytes === 0) then();
    else this.cut = { at: this.forwarded + bytes, then };
  }

  /** Puts bytes where a reply ends, or at once if none is under way. */
  inject(bytes: Buffer): void {
    if (this.scanner?.atBoundary === true && this.queue.length === 0 && !this.running) this.send(bytes);
    else this.injections.push(bytes);
  }

  private run(): void {
    if (this.running) return;
    this.running = true;
    void this.passOn();
  }

  private async passOn(): Promise<void> {
    while (!this.stalled && this.queue.length > 0) {
      const { delay, piece, gather } = this.shape;
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      for (let turn = 1; turn < gather; turn++) await nextTurn();
      if (this.stalled) break;
      const chunk = gather > 1 ? Buffer.concat(this.queue.splice(0)) : (this.queue.shift() as Buffer);
      if (piece === 0) this.forward(chunk);
      else await this.inPieces(chunk, piece);
    }
    // At once: the next chunk may come before any promise settles.
    this.running = false;
    if (this.ending && this.queue.length === 0) this.target.end();
  }

  private async inPieces(chunk: Buffer, piece: number): Promise<void> {
    let start = 0;
    for (let count = 0; count < MOST_PIECES && start < chunk.length; count++, start += piece) {
      this.forward(chunk.subarray(start, start + piece));
      await nextTurn();
    }
    if (start < chunk.length) this.forward(chunk.subarray(start));
  }

  private forward(chunk: Buffer): void {
    const ends = this.scanner?.scan(chunk);
    const place = ends?.[0];
    if (place !== undefined && this.injections.length > 0) {
      this.write(chunk.subarray(0, place));
      for (const bytes of this.injections.splice(0)) this.send(bytes);
      this.write(chunk.subarray(place));
    } else this.write(chunk);
  }

  private write(chunk: Buffer): void {
    const room = this.cut === undefined ? Infinity : this.cut.at - this.forwarded;
    const part = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.forwarded += part.length;
    this.send(part);
    if (part.length < room) return;
    const { cut } = this;
    this.cut = undefined;
    cut?.then();
  }

  private send(bytes: Buffer): void {
    if (bytes.length > 0 && this.target.writable) this.target.write(bytes);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
