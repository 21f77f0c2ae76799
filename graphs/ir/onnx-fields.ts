import { GraphError } from './types.ts';

/**
 * A message of an ONNX file, read field by field. The file comes from outside, so nothing about it is taken for
 * granted: each method throws GraphError, with the message's place in the file, where a field is not what it asks for.
 */
export class Fields {
  private readonly fields: ReadonlyMap<string, unknown>;

  /** `path` is where the message stands: `m1.onnx: model.graph.node[3] 'conv1/Conv'`. */
  constructor(
    message: unknown,
    readonly path: string,
  ) {
    if (typeof message !== 'object' || message === null) throw new GraphError(`${path} is missing`);
    this.fields = new Map(Object.entries(message));
  }

  /** Whether the field is there. */
  has(key: string): boolean {
    return this.fields.get(key) !== undefined;
  }

  /** A string; '' where the field is absent, as protobuf has it. */
  string(key: string): string {
    const value = this.fields.get(key) ?? '';
    if (typeof value !== 'string') throw this.unexpected(key, 'a string', value);
    return value;
  }

  /** A repeated string field; none where it is absent. */
  strings(key: string): readonly string[] {
    return this.array(key).map((value) => {
      if (typeof value !== 'string') throw this.unexpected(key, 'strings', value);
      return value;
    });
  }

  /** A floating-point number; 0 where absent. */
  float(key: string): number {
    const value = this.fields.get(key) ?? 0;
    if (typeof value !== 'number') throw this.unexpected(key, 'a number', value);
    return value;
  }

  /** A whole number; 0 where absent. */
  int(key: string): number {
    return this.whole(key, this.fields.get(key) ?? 0);
  }

  /** A repeated field of whole numbers; none where it is absent. */
  ints(key: string): readonly number[] {
    return this.array(key).map((value) => this.whole(key, value));
  }

  /** Bytes, empty where absent. */
  bytes(key: string): Uint8Array {
    const value = this.fields.get(key) ?? new Uint8Array();
    if (!(value instanceof Uint8Array)) throw this.unexpected(key, 'bytes', value);
    return value;
  }

  /** A message inside this one, which must be there. */
  message(key: string): Fields {
    return new Fields(this.fields.get(key), `${this.path}.${key}`);
  }

  /** The messages of a repeated field, each with its index and its name in its path. */
  messages(key: string): readonly Fields[] {
    return this.array(key).map((message, i) => new Fields(message, `${this.path}.${key}[${i}]${label(message)}`));
  }

  /** A GraphError with this message's place before what went wrong. */
  error(message: string, options?: ErrorOptions): GraphError {
    return new GraphError(`${this.path}: ${message}`, options);
  }

  /** Runs `body`, and puts this message's place before what it throws. */
  located<T>(body: () => T): T {
    try {
      return body();
    } catch (cause) {
      throw this.error(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }

  private array(key: string): readonly unknown[] {
    const value: unknown = this.fields.get(key) ?? [];
    if (!Array.isArray(value)) throw this.unexpected(key, 'a list', value);
    return value;
  }

  /** 64-bit fields arrive as bigint, 32-bit ones as number. */
  private whole(key: string, value: unknown): number {
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number') throw this.unexpected(key, 'a whole number', value);
    if (!Number.isSafeInteger(number))
      throw this.error(`${key} is ${String(value)}, beyond what JavaScript holds exactly`);
    return number;
  }

  private unexpected(key: string, expected: string, value: unknown): GraphError {
    return this.error(`${key} must be ${expected}, got ${typeof value}`);
  }
}

function label(message: unknown): string {
  const named =
    typeof message === 'object' && message !== null && 'name' in message && typeof message.name === 'string';
  return named && message.name !== '' ? ` '${message.name}'` : '';
}
