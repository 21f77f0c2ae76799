import type { Graph } from '../graph.ts';
import { GraphError } from '../types.ts';
import { validate } from '../validate.ts';

/** Turns one graph into another that computes the same. Its function name names it in errors. */
export type Pass = (graph: Graph) => Graph;

/**
 * Runs the passes in their order. The graph is validated before the first and after the last; throws GraphError, which names
 * the pass that failed or left a graph that is not valid.
 */
export function runPasses(graph: Graph, passes: readonly Pass[]): Graph {
  validate(graph);
  try {
    return validate(passes.reduce((before, pass) => pass(before), graph));
  } catch (error) {
    blame(graph, passes);
    // The pass has failed only the first time; its own message is all that there is.
    throw error;
  }
}

/**
 * Runs the passes again, with the graph validated after each of them: most of the time of a pass, which only a failure is
 * worth. Throws GraphError for the first that is to blame.
 */
function blame(graph: Graph, passes: readonly Pass[]): void {
  passes.reduce((before, pass, i) => {
    const name = `pass ${i + 1} of ${passes.length} (${pass.name || 'anonymous'})`;
    const after = attempt(`${name} failed`, () => pass(before));
    return attempt(`internal: ${name} left a graph that is not valid`, () => validate(after));
  }, graph);
}

function attempt(what: string, body: () => Graph): Graph {
  try {
    return body();
  } catch (cause) {
    throw new GraphError(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
