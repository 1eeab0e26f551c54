/** @file What a machine can check of the house style; CONTRIBUTING.md tells the rest. */
import { defineConfig, globalIgnores } from 'eslint/config';
import jsdoc from 'eslint-plugin-jsdoc';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

const code = ['**/*.ts', '**/*.svelte'];
const product = ['src/**/*.ts', 'src/**/*.svelte', 'models/**/*.ts', 'workers/**/*.ts'];

/** Errors carry a code that screens and scripts can switch on; the plain ones do not. */
const studioErrorsOnly = {
  selector: 'ThrowStatement > NewExpression[callee.name=/^(Error|TypeError|RangeError)$/]',
  message: 'Throw a StudioError with a code (src/core/error.ts).',
};

const houseSyntax = [
  studioErrorsOnly,
  { selector: 'TSEnumDeclaration', message: 'Use a union of strings instead of an enum.' },
  { selector: 'ExportDefaultDeclaration', message: 'Name what is exported.' },
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that has it.' },
];

const publicKinds = [
  'FunctionDeclaration',
  'ClassDeclaration',
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'VariableDeclaration',
].map((kind) => `ExportNamedDeclaration > ${kind}`);

const vagueNames = /(^|\/)(utils?|helpers?|common|misc|manager)(\.|-|$)/;

export default defineConfig(
  globalIgnores(['dist/', 'dist-cli/', '.cache/', 'coverage/', 'public/', 'test/fixtures/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: code,
    extends: [ts.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...houseSyntax],
      // Iterating a string by code point is what tokenizers and metrics mean to do.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    extends: [svelte.configs.recommended],
    languageOptions: { parserOptions: { parser: ts.parser } },
    // Bookkeeping that no view shows is a plain Map or Set.
    rules: { 'svelte/prefer-svelte-reactivity': 'off' },
  },
  {
    files: product,
    plugins: { jsdoc },
    settings: { jsdoc: { mode: 'typescript' } },
    rules: {
      'jsdoc/require-file-overview': ['error', { tags: { file: { initialCommentsOnly: true, mustExist: true, preventDuplicates: true } } }],
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          enableFixer: false,
          require: { ClassDeclaration: true, FunctionDeclaration: true, MethodDefinition: false },
          contexts: ['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'VariableDeclaration'],
        },
      ],
      'jsdoc/require-description': ['error', { contexts: publicKinds, checkConstructors: false }],
      'jsdoc/check-tag-names': ['error', { definedTags: ['shape', 'unit', 'source', 'file'] }],
      'jsdoc/check-alignment': 'error',
      'jsdoc/no-types': 'error',
      'jsdoc/empty-tags': 'error',
    },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      'jsdoc/require-file-overview': 'off',
      // In markup the linter sees the parameters of handlers and snippets as `any`; svelte-check knows their types, and its own warnings.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'svelte/no-unused-svelte-ignore': 'off',
      // `void value` in an effect reads what the effect depends on.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
    },
  },
  { files: ['src/cli/**', 'bench/**', 'scripts/**', 'test/**'], rules: { 'no-console': 'off' } },
  // A test may fail with a plain sentence; tools read a default export.
  {
    files: ['test/**'],
    rules: {
      'no-restricted-syntax': ['error', ...houseSyntax.filter((one) => one !== studioErrorsOnly)],
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  { files: ['vite.config.ts'], rules: { 'no-restricted-syntax': ['error', studioErrorsOnly] } },
  {
    files: ['src/core/**', 'models/**', 'src/engine/**'],
    rules: {
      'no-restricted-globals': ['error', 'process', 'Buffer', 'window', 'document', 'self', 'fetch'],
    },
  },
  {
    files: ['**/*.ts', '**/*.svelte'],
    plugins: {
      house: {
        rules: {
          'plain-file-name': {
            create: (context) => ({
              Program(node) {
                const name = context.filename.slice(import.meta.dirname.length + 1).replaceAll('\\', '/');
                if (!name.startsWith('test/') && vagueNames.test(name)) {
                  context.report({ node, message: `"${name}" says nothing about what it holds: name the thing.` });
                }
              },
            }),
          },
        },
      },
    },
    rules: { 'house/plain-file-name': 'error' },
  },
);
