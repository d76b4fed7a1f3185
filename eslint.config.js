'use strict';

const tseslint = require('typescript-eslint');

/** Rules that hold everywhere. */
const everywhere = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-var': 'error',
  'prefer-const': 'error',
  'object-shorthand': 'error',
  'no-console': 'off',
  'no-debugger': 'error',
  'no-self-compare': 'error',
  'no-unreachable-loop': 'error',
  'no-constant-binary-expression': 'error',
};

module.exports = [
  { linterOptions: { reportUnusedDisableDirectives: 'off' } },
  { ignores: ['**/node_modules/', '**/target/', 'dist/', 'dist-test/', 'coverage/', '.cache/', '__test__/types/**/*.d.ts', '__test__/types/patterns/'] },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { ecmaVersion: 2024 },
    rules: everywhere,
  },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['lib/**/*.ts', '__test__/**/*.ts'] })),
  {
    files: ['lib/**/*.ts', '__test__/**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: __dirname } },
    rules: {
      ...everywhere,
      // The package is CommonJS and loads its addon by require.
      '@typescript-eslint/no-require-imports': 'off',
      // `_` marks what a signature needs and a body does not.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', disallowTypeAnnotations: false }],
      // Empty object types say "nothing more" in the types of commands and modules.
      '@typescript-eslint/no-empty-object-type': 'off',
      // Replies are unknown until a transform has looked at them; templates of them make error messages.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: true, allowAny: true }],
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      // Rejections carry whatever a user's function threw.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/require-await': 'off',
      // Arguments of user-declared commands are any[] by the contract of the commands' types.
      '@typescript-eslint/no-unsafe-argument': 'off',
      // What a reply is, its transform knows; the types only say that it is some reply.
      '@typescript-eslint/no-base-to-string': 'off',
      // Methods are copied between prototypes when commands are attached.
      '@typescript-eslint/unbound-method': 'off',
      // It judges by the types of one TypeScript version.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
    },
  },
  {
    files: ['lib/**/*.ts'],
    ignores: ['**/*.generated.ts'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }] },
  },
  {
    // It makes a function for each shape of object: the fastest way to build one.
    files: ['lib/wire/object-shapes.ts'],
    rules: { '@typescript-eslint/no-implied-eval': 'off' },
  },
  {
    files: ['__test__/**/*.ts'],
    rules: {
      // node:test's describe and test return promises that the runner awaits.
      '@typescript-eslint/no-floating-promises': 'off',
      '@typescript-eslint/no-misused-promises': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // Values that exist for the sake of their types.
      '@typescript-eslint/no-unused-vars': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
    },
  },
];
