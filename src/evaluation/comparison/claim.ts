/**
 * What data say of a statement about two networks:
 * - supported: they show it, beyond chance;
 * - not supported: they show the opposite, beyond chance;
 * - cannot be told with these data: what they show may be chance, or they hold nothing on it.
 */
export type Finding = 'supported' | 'not supported' | 'cannot be told with these data';

/** A claim of several statements may hold in part. */
export type Verdict = Finding | 'partly supported';

export const untold = 'cannot be told with these data';

/** One statement that a claim makes, held against the report's own numbers and against these runs. */
export interface ClaimPart {
  readonly statement: string;
  readonly published: {
    /** Whether the report's own numbers, taken as they stand, agree; null where it prints none. */
    readonly agrees: boolean | null;
    /** Those numbers. */
    readonly text: string;
  };
  readonly runs: {
    readonly finding: Finding;
    /** The figures that the finding rests on. */
    readonly text: string;
  };
}

/** One claim of a published report, with all that was found on it. */
export interface ClaimCheck {
  readonly number: number;
  readonly claim: string;
  /** By these runs alone; what the report's own numbers say stands in the parts. */
  readonly verdict: Verdict;
  readonly parts: readonly ClaimPart[];
  /** What else is known on it, from outside the report and these runs; null for nothing. */
  readonly note: string | null;
}

/** The claims of a published report, checked. */
export interface Claims {
  /** Empty where they do not apply. */
  readonly checks: readonly ClaimCheck[];
  /** One line: the runs that the claims are judged by, or why they are left out. */
  readonly basis: string;
}

/** A claim holds where all of its statements do. */
export function allOf(parts: readonly ClaimPart[]): Verdict {
  const findings = parts.map(({ runs }) => runs.finding);
  if (findings.every((finding) => finding === 'supported')) return 'supported';
  if (findings.includes('supported')) return 'partly supported';
  return findings.includes('not supported') ? 'not supported' : untold;
}

/** What a difference says: `claimed` is its sign according to the claim. */
export function findingOf(difference: number, claimed: 1 | -1, real: boolean): Finding {
  if (!real) return untold;
  return Math.sign(difference) === claimed ? 'supported' : 'not supported';
}
