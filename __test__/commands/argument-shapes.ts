/** The shapes of arguments, read from declared types by the compiler. */
import { join } from 'node:path';
import ts from 'typescript';
import { REPOSITORY } from '../support/paths';

/** What an argument may be. */
export type Shape =
  | { kind: 'values'; values: readonly unknown[] }
  | { kind: 'union'; shapes: readonly Shape[] }
  | { kind: 'list'; item: Shape }
  | { kind: 'tuple'; items: readonly Field[] }
  | { kind: 'record'; fields: readonly Field[]; other?: Shape }
  | { kind: 'map'; key: Shape; value: Shape };

/** A part of an argument: an option, or an element of a tuple. */
export interface Field {
  readonly name: string;
  readonly shape: Shape;
  readonly optional: boolean;
}

/** Samples of types that are no structure. The first one is the plainest. */
const STRINGS = ['a', '', 'größe漢😀', 'a b\r\n$5', '\0', '\ud800', '7', '-'];
const NUMBERS = [3, 0, -1, 1.5, 1e21, 2 ** 53, Infinity, -Infinity, NaN, -0];
const SAMPLES: Record<string, readonly unknown[]> = {
  Buffer: [Buffer.from('bytes'), Buffer.alloc(0), Buffer.from([255, 0, 13, 10])],
  Date: [new Date(1_700_000_000_999), new Date(0), new Date(-1)],
};
const ANYTHING = ['text', 5, true, null, { deep: [1, { er: 'x' }] }];

const values = (...samples: readonly unknown[]): Shape => ({ kind: 'values', values: samples });

/** Types within types are followed this far; what comes deeper has no samples. */
const DEPTH = 8;

class Reader {
  constructor(readonly checker: ts.TypeChecker) {}

  shapeOf(type: ts.Type, where: string, depth = 0): Shape {
    const { flags } = type;
    if (depth > DEPTH) return values();
    if (type.isUnion()) return { kind: 'union', shapes: this.#members(type).map((member) => this.shapeOf(member, where, depth + 1)) };
    if (type.isStringLiteral() || type.isNumberLiteral()) return values(type.value);
    if (flags & ts.TypeFlags.BooleanLiteral) return values(this.checker.typeToString(type) === 'true');
    if (flags & ts.TypeFlags.String) return values(...STRINGS);
    if (flags & ts.TypeFlags.Number) return values(...NUMBERS);
    if (flags & ts.TypeFlags.Undefined) return values(undefined);
    if (flags & ts.TypeFlags.Null) return values(null);
    if (flags & ts.TypeFlags.Any) return values(...ANYTHING);
    if (flags & ts.TypeFlags.TemplateLiteral) return values(this.#fromTemplate(type as ts.TemplateLiteralType));
    if (flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) return this.#structure(type, where, depth + 1);
    throw new Error(`${where}: arguments of type ${this.checker.typeToString(type)} are not made yet`);
  }

  /** `true` before `false`, and what is there before what is not. */
  #members({ types }: ts.UnionType): readonly ts.Type[] {
    const rank = (type: ts.Type): number => (type.flags & ts.TypeFlags.Undefined ? 2 : this.checker.typeToString(type) === 'false' ? 1 : 0);
    return [...types].sort((one, other) => rank(one) - rank(other));
  }

  #fromTemplate({ texts, types }: ts.TemplateLiteralType): string {
    const sample = (type: ts.Type | undefined): string => (type === undefined ? '' : type.flags & ts.TypeFlags.Number ? '7' : 'text');
    return texts.map((text, index) => text + sample(types[index])).join('');
  }

  #structure(type: ts.Type, where: string, depth: number): Shape {
    const { checker } = this;
    const name = type.symbol?.name;
    if (name !== undefined && name in SAMPLES) return values(...(SAMPLES[name] as unknown[]));
    const inner = checker.getTypeArguments(type as ts.TypeReference);
    const part = (index: number): Shape => this.shapeOf(inner[index] as ts.Type, where, depth);
    if (checker.isTupleType(type)) return this.#tuple(type as ts.TupleTypeReference, where, depth);
    if (checker.isArrayType(type)) return { kind: 'list', item: part(0) };
    if (name === 'Map') return { kind: 'map', key: part(0), value: part(1) };
    if (type.getCallSignatures().length > 0) throw new Error(`${where}: arguments that are functions are not made yet`);
    const fields = type.getProperties().map((property): Field => ({
      name: property.name,
      shape: this.shapeOf(checker.getTypeOfSymbol(property), `${where}.${property.name}`, depth),
      optional: (property.flags & ts.SymbolFlags.Optional) !== 0,
    }));
    const other = type.getStringIndexType() ?? type.getNumberIndexType();
    return { kind: 'record', fields, ...(other ? { other: this.shapeOf(other, where, depth) } : {}) };
  }

  #tuple(type: ts.TupleTypeReference, where: string, depth: number): Shape {
    const { elementFlags, labeledElementDeclarations: labels } = type.target;
    const items = this.checker.getTypeArguments(type).flatMap((element, index): Field[] => {
      const name = labels?.[index]?.name.getText() ?? String(index);
      const flags = elementFlags[index] as ts.ElementFlags;
      const shape = this.shapeOf(element, `${where}.${name}`, depth);
      if (!(flags & ts.ElementFlags.Rest)) return [{ name, shape, optional: (flags & ts.ElementFlags.Optional) !== 0 }];
      // Three are as good as any number.
      return [1, 2, 3].map((place) => ({ name: `${name}${place}`, shape, optional: true }));
    });
    return { kind: 'tuple', items };
  }
}

/** The argument lists of all commands as both libraries declare them: `argument-types.ts`. */
export function declaredArguments(): Record<'Ours' | 'Theirs', Map<string, Shape>> {
  const file = join(REPOSITORY, '__test__', 'commands', 'argument-types.ts');
  const program = ts.createProgram([file], {
    strict: true, noEmit: true, skipLibCheck: true, types: ['node'], target: ts.ScriptTarget.ES2022, lib: ['lib.es2022.d.ts'],
    module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16,
  });
  const checker = program.getTypeChecker();
  const reader = new Reader(checker);
  const exports = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol);
  const read = (name: string): Map<string, Shape> => {
    const table = checker.getDeclaredTypeOfSymbol(exports.find((symbol) => symbol.name === name) as ts.Symbol);
    return new Map(table.getProperties().map(({ name: method }) => {
      const type = checker.getTypeOfSymbol(table.getProperty(method) as ts.Symbol);
      return [method, reader.shapeOf(type, `${name} ${method}`)] as const;
    }));
  };
  return { Ours: read('Ours'), Theirs: read('Theirs') };
}
