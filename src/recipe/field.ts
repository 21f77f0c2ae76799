import { z } from 'zod';

/** A value of which no part can be written to. */
export type Frozen<Value> = Value extends object ? { readonly [Key in keyof Value]: Frozen<Value[Key]> } : Value;

/** How a value is written as one word of text: what a command line needs to know to read it. */
export type Kind = 'whole' | 'number' | 'numbers' | 'choice' | 'switch' | 'group';

/** What is known already when a newly chosen optimizer or schedule is filled in. */
export interface Known {
  readonly lr: number;
  readonly epochs: number;
}

/** The name of a field's option on a command line, or why it has none: a configuration file alone sets it then. */
type Flag = { readonly flag: string; readonly unflagged?: never } | { readonly flag: null; readonly unflagged: string };

/** What is said of a field besides its type. */
export type About<Value> = Flag & {
  readonly description: string;
  /** The option's single letter. */
  readonly alias?: string;
  /** The row of a table of hyper-parameters that tells it; null where none does. */
  readonly row: string | null;
  /** Its value where nobody says another; null also where it has none without the others of its group. */
  readonly default: Value | ((known: Known) => Value) | null;
  /** What a value of null means, in words. */
  readonly absent?: string;
  /** A default that is calculated, in words. */
  readonly usual?: string;
};

/** A type with what a command line needs to read it. */
export interface Typed<Schema extends z.ZodType = z.ZodType> {
  readonly kind: Kind;
  readonly schema: Schema;
  readonly choices?: readonly string[];
}

/** One value of a recipe. */
export type Field = Typed & About<unknown>;

export type Fields = Readonly<Record<string, Field>>;

/** The schemas of some fields, as zod's object takes them. */
export type SchemasOf<Group extends Fields> = { readonly [Key in keyof Group]: Group[Key]['schema'] };

/** A value of a recipe: its type, and all that is said of it. */
export function field<Schema extends z.ZodType, const Said extends About<Frozen<z.output<Schema>>>>(
  type: Typed<Schema>,
  about: Said,
): Typed<Schema> & Said {
  return { ...type, ...about };
}

export function schemasOf<Group extends Fields>(fields: Group): SchemasOf<Group>;
export function schemasOf(fields: Fields): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries(Object.entries(fields).map(([key, { schema }]) => [key, schema]));
}

/** One of several forms that a part of a recipe can take, told apart by `name`; its fields stand beside the name. */
export function variant<const Name extends string, Group extends Fields>(name: Name, fields: Group) {
  return { fields, schema: z.strictObject({ name: z.literal(name), ...schemasOf(fields) }) };
}

/** The defaults of some fields. */
export function defaultsOf(fields: Fields, known: Known): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, { default: usual }]) => [
      key,
      typeof usual === 'function' ? usual(known) : usual,
    ]),
  );
}
