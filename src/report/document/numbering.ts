/** Counts figures and tables in the order in which they come. */
export class Numbering {
  #figures = 0;
  #tables = 0;

  /** `Fig. 1`, then `Fig. 2`, … */
  figure(): string {
    this.#figures += 1;
    return `Fig. ${this.#figures}`;
  }

  /** `Table 1`, then `Table 2`, … */
  table(): string {
    this.#tables += 1;
    return `Table ${this.#tables}`;
  }
}
