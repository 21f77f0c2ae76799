/** How far long work is. */
export interface WorkProgress {
  /** What is being done: 'evaluating runs/a'. */
  readonly work: string;
  /** Parts that are done. */
  readonly done: number;
  /** Parts in all; null where nobody knows. */
  readonly total: number | null;
  /** What the parts are: 'images'. */
  readonly unit: string;
}

/** Is told how far long work is: at its beginning, with nothing done, and after each part. */
export interface WorkObserver {
  progress?(progress: WorkProgress): void;
}
