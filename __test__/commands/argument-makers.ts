/** Arguments made from shapes: every option by itself and with all others, and combinations at random. */
import * as fc from 'fast-check';
import type { Field, Shape } from './argument-shapes';

/** An argument with one thing changed from the plainest one. */
export interface Variant {
  value: unknown;
  /** The option that was given. */
  option?: string;
  /** The same argument without that option. */
  without?: unknown;
}

/** The plainest argument of a shape: what may be left out is left out. */
export function plainest(shape: Shape): unknown {
  switch (shape.kind) {
    case 'values': return shape.values[0];
    case 'union': return plainest(shape.shapes.find((member) => !isEmpty(member)) as Shape);
    case 'list': return [plainest(shape.item)];
    case 'tuple': return shape.items.filter((item) => !item.optional).map((item) => plainest(item.shape));
    case 'map': return new Map([[plainest(shape.key), plainest(shape.value)]]);
    case 'record': return {
      ...Object.fromEntries(shape.fields.filter((field) => !field.optional).map((field) => [field.name, plainest(field.shape)])),
      ...(shape.other ? { key: plainest(shape.other) } : {}),
    };
  }
}

function isEmpty(shape: Shape): boolean {
  return shape.kind === 'values' && shape.values.length === 0;
}

/** All that can be changed about the plainest argument of a shape, one at a time. */
export function* variants(shape: Shape): Generator<Variant> {
  switch (shape.kind) {
    case 'values':
      for (const value of shape.values) yield { value };
      return;
    case 'union':
      for (const member of shape.shapes) yield* variants(member);
      return;
    case 'list':
      yield { value: [] };
      yield { value: [plainest(shape.item), plainest(shape.item)] };
      yield* within(variants(shape.item), (item) => [item]);
      return;
    case 'map':
      yield { value: new Map() };
      yield* within(variants(shape.key), (key) => new Map([[key, plainest(shape.value)]]));
      yield* within(variants(shape.value), (value) => new Map([[plainest(shape.key), value]]));
      return;
    case 'tuple':
      yield* tupleVariants(shape.items);
      return;
    case 'record':
      yield* recordVariants(shape, plainest(shape) as object);
      // With all options given: some count only together with others.
      yield* recordVariants(shape, Object.fromEntries(shape.fields.map((field) => [field.name, plainest(field.shape)])));
  }
}

function* tupleVariants(items: readonly Field[]): Generator<Variant> {
  const all = items.map((item) => plainest(item.shape));
  for (let count = items.filter((item) => !item.optional).length; count <= items.length; count++) yield { value: all.slice(0, count) };
  for (const [index, { shape, optional, name }] of items.entries()) {
    const before = all.slice(0, index);
    const behind = all.slice(index + 1).filter((_, at) => !(items[index + 1 + at] as Field).optional);
    for (const { value, option, without } of variants(shape)) {
      const args = [...before, value, ...behind];
      if (option !== undefined) yield { value: args, option: `${name}.${option}`, without: [...before, without, ...behind] };
      else if (optional && value !== undefined) yield { value: args, option: name, without: before };
      else yield { value: args };
    }
  }
}

function* recordVariants({ fields, other }: Extract<Shape, { kind: 'record' }>, base: object): Generator<Variant> {
  yield { value: base };
  for (const { name, shape, optional } of fields) {
    for (const inner of variants(shape)) {
      const value = { ...base, [name]: inner.value };
      if (inner.without !== undefined) {
        yield { value, option: inner.option === undefined ? name : `${name}.${inner.option}`, without: { ...base, [name]: inner.without } };
      } else if (optional && inner.value !== undefined) {
        const { [name as keyof object]: _, ...without } = base;
        yield { value, option: name, without };
      } else yield { value };
    }
  }
  if (!other) return;
  yield { value: {} };
  for (const inner of variants(other)) yield* [{ value: { key: inner.value } }, { value: { 5: inner.value, ß: inner.value } }];
}

function* within(inner: Iterable<Variant>, wrap: (value: unknown) => unknown): Generator<Variant> {
  for (const { value, option, without } of inner) {
    yield option === undefined ? { value: wrap(value) } : { value: wrap(value), option, without: wrap(without) };
  }
}

/** Any arguments of a shape. */
export function arbitrary(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'values': return fc.constantFrom(...shape.values);
    case 'union': return fc.oneof(...shape.shapes.filter((member) => !isEmpty(member)).map(arbitrary));
    case 'list': return fc.array(arbitrary(shape.item), { maxLength: 3 });
    case 'map': return fc.array(fc.tuple(arbitrary(shape.key), arbitrary(shape.value)), { maxLength: 3 }).map((entries) => new Map(entries));
    case 'tuple': {
      const required = shape.items.filter((item) => !item.optional).length;
      return fc.tuple(fc.integer({ min: required, max: shape.items.length }), ...shape.items.map((item) => arbitrary(item.shape)))
        .map(([count, ...items]) => items.slice(0, count as number));
    }
    case 'record': {
      const requiredKeys = shape.fields.filter((field) => !field.optional).map((field) => field.name);
      const known = fc.record(Object.fromEntries(shape.fields.map((field) => [field.name, arbitrary(field.shape)])), { requiredKeys });
      if (!shape.other) return known;
      const keys = fc.constantFrom('key', 'ß', '5', '', 'a b');
      return fc.tuple(known, fc.dictionary(keys, arbitrary(shape.other), { maxKeys: 3 })).map(([one, more]) => ({ ...one, ...more }));
    }
  }
}
