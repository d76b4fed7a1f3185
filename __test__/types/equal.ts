/** `true` if two types are identical. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless the two types are identical. */
export function same<A, B>(_proof: Equal<A, B>): void {}

/** What a method resolves to. */
export type Resolved<METHOD> = METHOD extends (...args: never) => Promise<infer VALUE> ? VALUE : 'no method';

/** `true` if each type takes the place of the other. */
export type Mutual<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** What a method takes. */
export type ArgumentsOf<METHOD> = METHOD extends (...args: infer ARGS) => unknown ? ARGS : never;

/** A name without those in upper case. */
export type CamelCase<NAME> = NAME extends Uppercase<NAME & string> ? never : NAME;

/** Camel-case methods of both whose resolved types differ. */
export type Differing<OURS, THEIRS> = CamelCase<{
  [NAME in keyof OURS & keyof THEIRS]: Mutual<Resolved<OURS[NAME]>, Resolved<THEIRS[NAME]>> extends true ? never : NAME;
}[keyof OURS & keyof THEIRS]>;

/** Camel-case methods of both that refuse arguments which theirs take. */
export type Stricter<OURS, THEIRS> = CamelCase<{
  [NAME in keyof OURS & keyof THEIRS]: [ArgumentsOf<THEIRS[NAME]>] extends [ArgumentsOf<OURS[NAME]>] ? never : NAME;
}[keyof OURS & keyof THEIRS]>;
