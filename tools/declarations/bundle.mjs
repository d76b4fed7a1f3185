/**
 * Bundles the declaration files that tsc wrote into two files: the exports of an entry file, and everything else that
 * these refer to.
 */
import ts from 'typescript';

/** To find the bundled names, those of the language and of Node.js need not be resolved. */
const OPTIONS = {
  noLib: true, types: [], target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
};

/** @typedef {{start: number, end: number, text: string}} Edit */

/** Returns the statement that contains a declaration: for a variable it is an ancestor of the declaration. */
function statementOf(declaration) {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

/** Whether this is a top-level name of a file, not a member, parameter or type parameter. */
function isTopLevel(symbol) {
  return symbol.declarations?.some((declaration) => ts.isSourceFile(statementOf(declaration).parent)) ?? false;
}

/** Returns the leftmost name: `a` of `a.b.c`. */
function leftmost(name) {
  return ts.isQualifiedName(name) ? leftmost(name.left) : name;
}

/** Collects declarations for two files, in which no name occurs twice. */
export class Bundle {
  #checker;
  #program;
  #entry;
  /** Top-level names in use, and those of the language and of Node.js, which must keep their meaning. */
  #taken = new Set();
  #names = new Map();
  #queue = [];
  #imports = new Map();
  #overrides = new Map();

  /** @param {string} entry path of the declaration file whose exports are bundled */
  constructor(entry) {
    this.#program = ts.createProgram([entry], OPTIONS);
    this.#checker = this.#program.getTypeChecker();
    this.#entry = this.#program.getSourceFile(entry);
    if (this.#entry === undefined) throw new Error(`${entry} does not exist`);
    for (const file of this.#program.getSourceFiles()) this.#reserveGlobals(file);
  }

  get checker() {
    return this.#checker;
  }

  /** Returns the symbol of a top-level declaration, by the end of its file's path and its name. */
  symbol(file, name) {
    const source = this.#program.getSourceFiles().find(({ fileName }) => fileName.endsWith(`/${file}.d.ts`));
    const symbol = source && this.#checker.getSymbolAtLocation(source)?.exports.get(name);
    if (symbol === undefined) throw new Error(`${file} exports no ${name}`);
    return symbol;
  }

  /** Makes `write()` supply the text of a declaration, instead of its file. */
  override(symbol, write) {
    this.#overrides.set(symbol, write);
  }

  /** Returns the name of a declaration in the bundle, and adds the declaration to it. */
  nameOf(symbol) {
    const known = this.#names.get(symbol);
    if (known !== undefined) return known;
    let name = symbol.name;
    for (let i = 2; this.#taken.has(name); i++) name = `${symbol.name}${i}`;
    this.#taken.add(name);
    this.#names.set(symbol, name);
    this.#queue.push(symbol);
    return name;
  }

  /** Returns the text of a node, with names replaced by those in the bundle. */
  print(node, start = node.getStart()) {
    return this.#edited(node.getSourceFile().text, start, node.end, this.#editsOf(node));
  }

  /**
   * Returns the texts of both files. When compilers write the declarations of an application, they spell out types
   * without a name, and refuse types that the application cannot name. So the file of internals must export everything;
   * it does as long as it contains no `export {…}`.
   *
   * @param {{index: string, internals: string}} paths how the files import each other
   */
  texts(paths) {
    const exported = this.#exports();
    // If a declaration is exported under two names, the one that it is declared with is used.
    const sorted = [...exported].sort((one, other) => (other.name === other.symbol.name) - (one.name === one.symbol.name));
    for (const { symbol, name } of sorted) {
      if (this.#names.has(symbol)) continue;
      this.#taken.add(name);
      this.#names.set(symbol, name);
    }
    this.#queue.push(...new Set(exported.map(({ symbol }) => symbol)));
    // Interfaces are exported where they are declared, so that applications can extend them; other names are listed at
    // the end.
    const isInline = ({ symbol, name, typeOnly }) => !typeOnly && this.#names.get(symbol) === name;
    const inline = new Set(exported.filter(isInline).map(({ symbol }) => symbol));
    const files = { index: { names: [], statements: [] }, internals: { names: [], statements: [] } };
    for (let i = 0; i < this.#queue.length; i++) {
      const { names, statements } = inline.has(this.#queue[i]) ? files.index : files.internals;
      statements.push(...this.#statements(this.#queue[i]));
      names.push(this.#names.get(this.#queue[i]));
    }
    const others = exported.filter((one) => !isInline(one)).map(({ symbol, name, typeOnly }) => {
      const local = this.#names.get(symbol);
      return `${typeOnly ? 'type ' : ''}${local}${local === name ? '' : ` as ${name}`}`;
    });
    files.index.statements.push(`export {${others.length > 0 ? ` ${others.join(', ')} ` : ''}};`);
    const text = (file, other) => [...this.#importsOf(files[file], files[other].names, paths[other]), ...files[file].statements, ''].join('\n');
    return { index: text('index', 'internals'), internals: text('internals', 'index') };
  }

  /** Returns the imports that statements need: from other packages, and from the other file. */
  #importsOf({ statements }, names, path) {
    const words = new Set(statements.join('\n').match(/[\w$]+/g));
    const modules = [...this.#imports].map(([module, specifiers]) => [module, [...specifiers].filter((one) => words.has(one.split(' ').at(-1)))]).sort();
    return [...modules, [path, names.filter((name) => words.has(name))]]
      .filter(([, specifiers]) => specifiers.length > 0)
      .map(([module, specifiers]) => `import type { ${specifiers.sort().join(', ')} } from '${module}';`);
  }

  /** Returns the exports of the entry file: `{symbol, name, typeOnly}`. */
  #exports() {
    return this.#checker.getExportsOfModule(this.#checker.getSymbolAtLocation(this.#entry)).map((alias) => {
      let typeOnly = false;
      let symbol = alias;
      while (symbol.flags & ts.SymbolFlags.Alias) {
        typeOnly ||= symbol.declarations.some(ts.isTypeOnlyImportOrExportDeclaration);
        symbol = this.#checker.getImmediateAliasedSymbol(symbol);
      }
      return { symbol, name: alias.name, typeOnly: typeOnly && (symbol.flags & ts.SymbolFlags.Value) !== 0 };
    });
  }

  #reserveGlobals(file) {
    const visit = (node) => {
      const isLabel = ts.isNamedTupleMember(node.parent) && node.parent.name === node;
      if (ts.isIdentifier(node) && !isLabel && this.#checker.getSymbolAtLocation(node)?.declarations === undefined) this.#taken.add(node.text);
      ts.forEachChild(node, visit);
    };
    ts.forEachChild(file, visit);
  }

  #statements(symbol) {
    const override = this.#overrides.get(symbol);
    if (override !== undefined) return [`export ${override(this.#names.get(symbol))}`];
    return symbol.declarations.map((declaration) => {
      const statement = statementOf(declaration);
      const comments = ts.getLeadingCommentRanges(statement.getSourceFile().text, statement.pos) ?? [];
      const documentation = comments.map(({ pos, end }) => statement.getSourceFile().text.slice(pos, end)).findLast((text) => text.startsWith('/**'));
      const code = this.print(statement).replace(/^export /, '');
      return `${documentation ? `${documentation}\n` : ''}export ${code}`;
    });
  }

  #edited(text, start, end, edits) {
    let result = '';
    let at = start;
    for (const edit of edits.sort((one, other) => one.start - other.start)) {
      result += text.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return result + text.slice(at, end);
  }

  /** @returns {Edit[]} the replacements for names in a node */
  #editsOf(root) {
    const edits = [];
    const replace = (node, text, start = node.getStart()) => edits.push({ start, end: node.end, text });
    const visit = (node) => {
      if (ts.isImportTypeNode(node)) {
        const name = leftmost(node.qualifier);
        const symbol = this.#target(this.#checker.getSymbolAtLocation(name));
        if (symbol !== undefined) replace(name, `${node.isTypeOf ? 'typeof ' : ''}${this.nameOf(symbol)}`, node.getStart());
        node.typeArguments?.forEach(visit);
      } else if (ts.isQualifiedName(node) && this.#isModule(node.left)) {
        replace(node, this.#reference(node.right));
      } else if (ts.isTypeReferenceNode(node) && node.typeArguments && this.#areDefaults(node)) {
        replace(node, ts.isIdentifier(node.typeName) ? this.#reference(node.typeName) : node.typeName.getText());
      } else if (ts.isIdentifier(node)) {
        const name = this.#reference(node);
        if (name !== node.text) replace(node, name);
      } else {
        ts.forEachChild(node, visit);
      }
    };
    visit(root);
    return edits;
  }

  /** Returns the name of an identifier in the bundle. */
  #reference(identifier) {
    const symbol = this.#checker.getSymbolAtLocation(identifier);
    if (symbol === undefined) return identifier.text;
    if (symbol.flags & ts.SymbolFlags.Alias && this.#target(symbol) === undefined) return this.#imported(symbol);
    const target = this.#target(symbol);
    return target !== undefined && isTopLevel(target) ? this.nameOf(target) : identifier.text;
  }

  /** Returns what an imported name refers to; undefined if it is from another package. */
  #target(symbol) {
    if (symbol === undefined) return undefined;
    const target = symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
    return target.declarations === undefined ? undefined : target;
  }

  /** Records an import from another package, such as `node:tls`. */
  #imported(symbol) {
    const specifier = symbol.declarations.find(ts.isImportSpecifier);
    if (specifier === undefined) throw new Error(`${symbol.name} is imported in a way that the bundle does not know`);
    const module = specifier.parent.parent.parent.moduleSpecifier.text;
    const { propertyName, name } = specifier;
    if (!this.#imports.has(module)) this.#imports.set(module, new Set());
    this.#imports.get(module).add(propertyName ? `${propertyName.text} as ${name.text}` : name.text);
    this.#taken.add(name.text);
    return name.text;
  }

  #isModule(name) {
    if (!ts.isIdentifier(name)) return false;
    const symbol = this.#target(this.#checker.getSymbolAtLocation(name));
    return symbol?.declarations.some(ts.isSourceFile) ?? false;
  }

  /** Whether type arguments equal the defaults: `NumberReply<number>` is `NumberReply`. */
  #areDefaults({ typeName, typeArguments }) {
    const parameters = this.#target(this.#checker.getSymbolAtLocation(typeName))?.declarations.find((node) => node.typeParameters)?.typeParameters;
    return typeArguments.every((argument, i) => ts.isToken(argument) && parameters?.[i]?.default?.kind === argument.kind);
  }
}
