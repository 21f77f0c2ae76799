/** Anything that yields uniform 32-bit words one after the other. */
export interface Uint32Source {
  /** The next word, 0 to 2^32 - 1. */
  nextUint32(): number;
}
