/**
 * Writes out the methods of the built-in commands, which the sources compute from the tables: computing them is the
 * main cost of type-checking a call.
 */
import ts from 'typescript';

/** Returns the doc comment of a node, as written in the source. */
function documentationOf(node) {
  const { text } = node.getSourceFile();
  return ts.getLeadingCommentRanges(text, node.pos)?.map(({ pos, end }) => text.slice(pos, end)).findLast((comment) => comment.startsWith('/**')) ?? '';
}

/** Returns `T` for `T | undefined`, and undefined for any other type. */
function withoutUndefined(type) {
  const isUndefined = (node) => node.kind === ts.SyntaxKind.UndefinedKeyword;
  return ts.isUnionTypeNode(type) && type.types.some(isUndefined) ? type.types.filter((node) => !isUndefined(node)) : [type];
}

/** Returns the upper-case name of a row, which is the third type argument of its command. */
function upperOf(row) {
  const literal = row.type.typeArguments?.[2]?.literal;
  if (literal === undefined || !ts.isStringLiteral(literal)) throw new Error(`${row.getText()} has no upper-case name`);
  return literal.text;
}

/** The modules that every client has. */
const MODULES = ['Bf', 'Cf', 'Cms', 'Ft', 'Json', 'TDigest', 'TopK', 'Ts'];

/** Writes `WithCommands`, `MultiWithCommands` and the upper-case names of commands into a bundle. */
export class Signatures {
  #bundle;

  constructor(bundle) {
    this.#bundle = bundle;
    bundle.override(bundle.symbol('commands/types', 'WithCommands'), (name) => this.#client(name));
    bundle.override(bundle.symbol('commands/index', 'BuiltInCommands'), (name) => this.#names(name));
    bundle.override(bundle.symbol('commands/multi-types', 'MultiWithCommands'), (name) => this.#multi(name));
    for (const module of MODULES) {
      bundle.override(bundle.symbol('commands/modules/index', `${module}UpperCase`), (name) => this.#module(name, `${module}Commands`));
    }
  }

  #name(file, name) {
    return this.#bundle.nameOf(this.#bundle.symbol(file, name));
  }

  /** Returns the rows that are the properties of a type. */
  #rows(file, name) {
    const type = this.#bundle.checker.getDeclaredTypeOfSymbol(this.#bundle.symbol(file, name));
    // Names that are computed from rows have no declaration.
    return type.getProperties().flatMap(({ valueDeclaration }) => valueDeclaration ?? []);
  }

  /**
   * Writes properties under the upper-case names of rows, with the comments of the rows. @param typeOf returns the type
   * of a row's property
   */
  #upperCase(rows, typeOf) {
    const lines = rows.map((row) => [upperOf(row), row]).filter(([upper, row]) => upper !== row.name.getText()).map(([upper, row]) =>
      `    ${documentationOf(row)}\n    ${/^\w+$/.test(upper) ? upper : `'${upper}'`}: ${typeOf(row)};`);
    return lines.join('\n');
  }

  /** Writes the commands of a module under upper-case names. Their tables are constants: `declare const bf: {…}`. */
  #module(name, both) {
    const { checker } = this.#bundle;
    const tableOf = (row) => this.#bundle.nameOf(checker.getSymbolAtLocation(row.parent.parent.name));
    return `type ${name} = {
${this.#upperCase(this.#rows('commands/modules/index', both), (row) => `(typeof ${tableOf(row)})['${row.name.getText()}']`)}
};`;
  }

  #client(name) {
    const rows = this.#rows('commands/index', 'CamelCaseCommands');
    const versions = this.#name('wire/resp-types', 'RespVersions');
    const mapping = this.#name('wire/resp-types', 'TypeMapping');
    const parameters = `RESP extends ${versions}, TYPE_MAPPING extends ${mapping}`;
    const methods = rows.map((row) => `    ${documentationOf(row)}\n    ${row.name.getText()}: ${this.#signature(row)};`);
    return `interface CommandMethods<${parameters}> {
${methods.join('\n')}
}
interface UpperCaseMethods<C extends CommandMethods<any, any>> {
${this.#upperCase(rows, (row) => `C['${row.name.getText()}']`)}
}
/** The methods of all built-in commands, under both names. */
interface ${name}<${parameters}> extends CommandMethods<RESP, TYPE_MAPPING>, UpperCaseMethods<CommandMethods<RESP, TYPE_MAPPING>> {
}`;
  }

  #signature(row) {
    const [args, transform] = row.type.typeArguments;
    return `(${this.#parameters(args)}) => Promise<${this.#name('wire/resp-types', 'ReplyWithTypeMapping')}<${this.#reply(transform)}, TYPE_MAPPING>>`;
  }

  /** Writes the parameters of a method, from the tuple of its arguments. */
  #parameters(args) {
    if (!ts.isTupleTypeNode(args) || !args.elements.every(ts.isNamedTupleMember)) return `...args: ${this.#bundle.print(args)}`;
    return args.elements.map(({ dotDotDotToken, name, questionToken, type }) => {
      const types = questionToken ? withoutUndefined(type) : [type];
      return `${dotDotDotToken ? '...' : ''}${name.text}${questionToken ? '?' : ''}: ${types.map((one) => this.#bundle.print(one)).join(' | ')}`;
    }).join(', ');
  }

  /** Writes the type of a reply, from the type of its transform. */
  #reply(transform) {
    if (ts.isFunctionTypeNode(transform)) return this.#bundle.print(transform.type);
    const [two, three] = ['2', '3'].map((version) => {
      const member = ts.isTypeLiteralNode(transform) && transform.members.find(({ name }) => name?.getText() === version);
      const signature = member && ts.isPropertySignature(member) ? member.type : member;
      if (!signature || !signature.type) throw new Error(`${transform.getText()} is no transform whose reply is known`);
      return this.#bundle.print(signature.type);
    });
    return two === three ? two : `{ 2: ${two}; 3: ${three} }[RESP]`;
  }

  /** Writes only the names. */
  #names(name) {
    return `type ${name} = ${this.#name('commands/types', 'WithCommands')}<any, any>;`;
  }

  #multi(name) {
    const declaration = this.#bundle.symbol('commands/multi-types', 'MultiWithCommands').declarations[0];
    const parameters = declaration.typeParameters.map((parameter) => this.#bundle.print(parameter)).join(', ');
    const methods = `${this.#name('commands/types', 'WithCommands')}<RESP, TYPE_MAPPING>`;
    const builder = this.#name('commands/multi-types', 'RedisClientMultiCommandTyped');
    // Two named types, because the compiler caches their result, which is the same for all replies that were queued
    // before.
    return `type ArgumentsOf<METHOD> = METHOD extends (...args: infer ARGS) => unknown ? ARGS : never;
type ReplyOf<METHOD> = METHOD extends (...args: never) => Promise<infer REPLY> ? REPLY : never;
/** The methods of all built-in commands on a builder. */
type ${name}<${parameters}> = {
    [P in keyof ${methods}]: (...args: ArgumentsOf<${methods}[P]>) => ${builder}<
        [...STATE['replies'], ReplyOf<${methods}[P]>], STATE['modules'], STATE['functions'], STATE['scripts'], RESP, TYPE_MAPPING, STATE['owner']>;
};`;
  }
}
