/** `true` if two types are identical. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Fails to compile unless the two types are identical. */
export function same<A, B>(_proof: Equal<A, B>): void {}

/** What a method resolves to. */
export type Resolved<METHOD> = METHOD extends (...args: never) => Promise<infer VALUE> ? VALUE : 'no method';
