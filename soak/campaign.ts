/**
 * A campaign tries one promise of the program again and again, each time in another way that a number (the case) decides: the
 * same case can be tried again. It goes on where it stood, and adds to its figures; see main.ts for how it is started.
 */
export interface Campaign {
  readonly name: string;
  /** What is promised, a sentence. */
  readonly promise: string;
  /** What is counted on the way to the goal, in the plural: `kills`. */
  readonly unit: string;
  /** How many of them the project wants to have tried; null where only time counts. */
  readonly goal: number | null;
  /** Prepares what all cases share: a reference training, a worker. */
  start(place: Place): Promise<Trials>;
}

/** Where a campaign works. */
export interface Place {
  /** An empty folder of its own, which is removed in the end. */
  readonly folder: string;
  /** A line for whoever watches. */
  say(line: string): void;
}

export interface Trials {
  /** Tries one case. What it does is a function of the number, as far as the timing of processes lets it be. */
  tryCase(number: number): Promise<Trial>;
  /** Ends what `start` began. */
  close(): Promise<void>;
}

/** What came of one case. */
export interface Trial {
  /** How many of the campaign's unit it was. */
  readonly count: number;
  /** What happened how often, by name: `refused`, `taken`, `killed while a checkpoint was written`. */
  readonly tallies?: Readonly<Record<string, number>>;
  /** The greatest that was seen, by name with its unit: `slowest input, s`. */
  readonly maxima?: Readonly<Record<string, number>>;
  /** Each promise that was broken: what was done, what was expected, what was seen. */
  readonly failures: readonly string[];
}
