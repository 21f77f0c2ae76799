/** Aborts a transfer that takes too long: one timer at a time, and `reason` is set once it has run out. */
export class Deadline {
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #settings = 0;
  reason: string | undefined;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first deadline is for the answer, so a second one means that there was an answer. */
  get answered(): boolean {
    return this.#settings > 1;
  }

  set(milliseconds: number, complaint: string): void {
    this.clear();
    this.#settings++;
    this.#timer = setTimeout(() => {
      this.reason = `${complaint} for ${milliseconds / 1000} s`;
      this.#controller.abort();
    }, milliseconds);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
