/** The methods of the built-in commands spelt out, where the sources compute them from the tables: that is what checking a call costs. */
import ts from 'typescript';

/** The doc comment of a node as it stands there. */
function documentationOf(node) {
  const { text } = node.getSourceFile();
  return ts.getLeadingCommentRanges(text, node.pos)?.map(({ pos, end }) => text.slice(pos, end)).findLast((comment) => comment.startsWith('/**')) ?? '';
}

/** `T` of `T | undefined`, if it is that. */
function withoutUndefined(type) {
  const isUndefined = (node) => node.kind === ts.SyntaxKind.UndefinedKeyword;
  return ts.isUnionTypeNode(type) && type.types.some(isUndefined) ? type.types.filter((node) => !isUndefined(node)) : [type];
}

/** Writes `WithCommands` and `MultiWithCommands` into a bundle. */
export class Signatures {
  #bundle;

  constructor(bundle) {
    this.#bundle = bundle;
    bundle.override(bundle.symbol('commands/types', 'WithCommands'), (name) => this.#client(name));
    bundle.override(bundle.symbol('commands/index', 'BuiltInCommands'), (name) => this.#names(name));
    bundle.override(bundle.symbol('commands/multi-types', 'MultiWithCommands'), (name) => this.#multi(name));
  }

  #name(file, name) {
    return this.#bundle.nameOf(this.#bundle.symbol(file, name));
  }

  /** Rows of the tables, and the further names of rows as `{node, of}`. */
  #rows() {
    const { checker } = this.#bundle;
    const rows = [];
    const aliases = [];
    for (const property of checker.getDeclaredTypeOfSymbol(this.#bundle.symbol('commands/index', 'BuiltInCommands')).getProperties()) {
      const node = property.valueDeclaration;
      if (ts.isIndexedAccessTypeNode(node.type)) aliases.push({ node, of: node.type.indexType.getText() });
      else rows.push(node);
    }
    return { rows, aliases };
  }

  #client(name) {
    const { rows, aliases } = this.#rows();
    const versions = this.#name('wire/resp-types', 'RespVersions');
    const mapping = this.#name('wire/resp-types', 'TypeMapping');
    const parameters = `RESP extends ${versions}, TYPE_MAPPING extends ${mapping}`;
    const methods = rows.map((row) => `    ${documentationOf(row)}\n    ${row.name.getText()}: ${this.#signature(row)};`);
    const others = aliases.map(({ node, of }) => `    ${documentationOf(node)}\n    ${node.name.getText()}: C[${of}];`);
    return `interface CommandMethods<${parameters}> {
${methods.join('\n')}
}
interface UpperCaseMethods<C extends CommandMethods<any, any>> {
${others.join('\n')}
}
/** The methods of all built-in commands, under both names. */
interface ${name}<${parameters}> extends CommandMethods<RESP, TYPE_MAPPING>, UpperCaseMethods<CommandMethods<RESP, TYPE_MAPPING>> {
}`;
  }

  #signature(row) {
    const [args, transform] = row.type.typeArguments;
    return `(${this.#parameters(args)}) => Promise<${this.#name('wire/resp-types', 'ReplyWithTypeMapping')}<${this.#reply(transform)}, TYPE_MAPPING>>`;
  }

  /** The parameters of a method from the tuple of its arguments. */
  #parameters(args) {
    if (!ts.isTupleTypeNode(args) || !args.elements.every(ts.isNamedTupleMember)) return `...args: ${this.#bundle.print(args)}`;
    return args.elements.map(({ dotDotDotToken, name, questionToken, type }) => {
      const types = questionToken ? withoutUndefined(type) : [type];
      return `${dotDotDotToken ? '...' : ''}${name.text}${questionToken ? '?' : ''}: ${types.map((one) => this.#bundle.print(one)).join(' | ')}`;
    }).join(', ');
  }

  /** The description of a reply from the type of its transform. */
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

  /** For what needs the names only. */
  #names(name) {
    return `type ${name} = ${this.#name('commands/types', 'WithCommands')}<any, any>;`;
  }

  #multi(name) {
    const declaration = this.#bundle.symbol('commands/multi-types', 'MultiWithCommands').declarations[0];
    const parameters = declaration.typeParameters.map((parameter) => this.#bundle.print(parameter)).join(', ');
    const methods = `${this.#name('commands/types', 'WithCommands')}<RESP, TYPE_MAPPING>`;
    const builder = this.#name('commands/multi-types', 'RedisClientMultiCommandTyped');
    // Two named types, since what they come to is remembered: it is the same for all replies that were queued before.
    return `type ArgumentsOf<METHOD> = METHOD extends (...args: infer ARGS) => unknown ? ARGS : never;
type ReplyOf<METHOD> = METHOD extends (...args: never) => Promise<infer REPLY> ? REPLY : never;
/** The methods of all built-in commands on a builder. */
type ${name}<${parameters}> = {
    [P in keyof ${methods}]: (...args: ArgumentsOf<${methods}[P]>) => ${builder}<
        [...STATE['replies'], ReplyOf<${methods}[P]>], STATE['modules'], STATE['functions'], STATE['scripts'], RESP, TYPE_MAPPING>;
};`;
  }
}
