const CR = 13;
const COLON = 58;
const DOLLAR = 36;

/** Finds where replies end in a stream of RESP, without keeping them. */
export class FrameScanner {
  /** Values that still belong to the reply, one level after the other. */
  private readonly open: number[] = [];
  private line = '';
  /** Bytes of a string, with its line break, that are still to come. */
  private skip = 0;

  /** True between two replies. */
  get atBoundary(): boolean {
    return this.open.length === 0 && this.skip === 0 && this.line === '';
  }

  /** @returns the offsets in `chunk` right behind a whole reply */
  scan(chunk: Buffer): number[] {
    const ends: number[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.skip > 0) {
        const taken = Math.min(this.skip, chunk.length - at);
        this.skip -= taken;
        at += taken;
        if (this.skip === 0 && this.ended()) ends.push(at);
        continue;
      }
      const end = chunk.indexOf('\n', at);
      const stop = end < 0 ? chunk.length : end + 1;
      this.line += chunk.toString('latin1', at, stop);
      at = stop;
      if (end >= 0 && this.header()) ends.push(at);
    }
    return ends;
  }

  /** Takes the line that is complete. @returns whether a whole reply ends with it */
  private header(): boolean {
    const line = this.line;
    this.line = '';
    const type = line.charCodeAt(0);
    const count = Number(line.slice(1, line.charCodeAt(line.length - 2) === CR ? -2 : -1));
    if (type === DOLLAR || line[0] === '=' || line[0] === '!') {
      if (count < 0) return this.ended();
      this.skip = count + 2;
      return false;
    }
    const values = line[0] === '%' ? count * 2 : line[0] === '*' || line[0] === '~' || line[0] === '>' ? count : 0;
    if (type === COLON || !(values > 0)) return this.ended();
    this.open.push(values);
    return false;
  }

  /** A value has ended; perhaps those around it too. @returns whether the whole reply has */
  private ended(): boolean {
    for (;;) {
      const left = this.open.pop();
      if (left === undefined) return true;
      if (left > 1) {
        this.open.push(left - 1);
        return false;
      }
    }
  }
}
