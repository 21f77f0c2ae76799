import { AtelierError } from '../src/errors.ts';
import type { FailureKind } from './protocol.ts';

/** A peer that does not answer what it was asked; the message says why, and for an absent one how to install it. */
export class PeerError extends AtelierError {
  override readonly name = 'PeerError';
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options?: ErrorOptions) {
    super(message, { ...options, code: 'peer-failed' });
    this.kind = kind;
  }
}
