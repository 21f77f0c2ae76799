/**
 * Lets so much be done at a time as an amount allows: whoever wants some waits until what others have leaves it, in the order
 * of asking.
 */
export class Budget {
  private free: number;
  private readonly total: number;
  private readonly waiting: { readonly amount: number; readonly go: () => void }[] = [];

  constructor(total: number) {
    this.total = total;
    this.free = total;
  }

  /** Does some work that takes an amount; more than there is in all takes all. */
  async spend<T>(wanted: number, work: () => Promise<T>): Promise<T> {
    const amount = Math.min(wanted, this.total);
    await new Promise<void>((go) => {
      this.waiting.push({ amount, go });
      this.admit();
    });
    try {
      return await work();
    } finally {
      this.free += amount;
      this.admit();
    }
  }

  private admit(): void {
    for (let [next] = this.waiting; next !== undefined && next.amount <= this.free; [next] = this.waiting) {
      this.waiting.shift();
      this.free -= next.amount;
      next.go();
    }
  }
}
