/** Shows progress: one line that is rewritten in place on a terminal, or a line per 10 % elsewhere. */
export class Progress {
  #total = 1;
  #done = 0;
  #start = Date.now();
  #tenth = -1;

  /** Sets the number of steps, and starts the clock. */
  begin(total) {
    this.#total = total;
    this.#start = Date.now();
  }

  /** Marks the start of a step. */
  step(text) {
    const share = Math.min(1, this.#done++ / this.#total);
    const elapsed = (Date.now() - this.#start) / 1000;
    const left = share > 0.02 ? `, about ${Math.ceil(elapsed / share - elapsed)} s left` : '';
    const line = `${String(Math.floor(share * 100)).padStart(3)} %  ${text}${left}`;
    if (process.stdout.isTTY) {
      process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
    } else if (Math.floor(share * 10) > this.#tenth) {
      this.#tenth = Math.floor(share * 10);
      console.log(line);
    }
  }

  /** Clears the line. */
  end() {
    if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  }
}
