import { GraphError } from './types.ts';

/** Gives out names, each once. The same calls give the same names. */
export class Names {
  private readonly graph: string;
  /** Who has each name, for messages: `input 'x'`. */
  private readonly owners = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(graph: string) {
    this.graph = graph;
  }

  /** This very name. Throws GraphError, which names both claimants, where it is taken. */
  claim(name: string, owner: string): string {
    const other = this.owners.get(name);
    if (name === '') throw new GraphError(`graph '${this.graph}': ${owner} has an empty name`);
    if (other !== undefined)
      throw new GraphError(
        `the name '${name}' is taken already in graph '${this.graph}': ${owner} cannot have the name of ${other}`,
      );
    this.owners.set(name, owner);
    return name;
  }

  /** This name, or the first of name_1, name_2, … that nobody has. */
  unique(name: string, owner: string): string {
    let count = this.counts.get(name) ?? 0;
    let candidate = count === 0 ? name : `${name}_${count}`;
    while (this.owners.has(candidate)) candidate = `${name}_${++count}`;
    this.counts.set(name, count + 1);
    return this.claim(candidate, owner);
  }
}
