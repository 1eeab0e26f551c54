/** @file Which way imports may point; docs/architecture.md draws it. */

/** The core's stairs from the ground up: a room may import itself and any floor below its own. */
const floors = [
  ['error', 'platform'],
  ['tensor', 'metric', 'text', 'archive'],
  ['graph', 'quant', 'image', 'decode', 'dataset'],
  ['codec', 'autodiff', 'nn', 'optim'],
  ['adapter'],
  ['peft'],
];

const forbid = (name, from, to, comment) => ({ name, severity: 'error', from, to, ...(comment === undefined ? {} : { comment }) });

/** Files of a higher floor that stand on the error type alone, and that every floor may read with: bytes and JSON. */
const ground = '^src/core/codec/(byte-source|json)[.]ts$';

const stairs = floors.flatMap((rooms, floor) =>
  rooms.map((room) =>
    forbid(
      `core/${room}-looks-down`,
      { path: `^src/core/${room}[./]` },
      {
        path: '^src/core/',
        pathNot: `^src/core/(${[room, ...floors.slice(0, floor).flat()].join('|')})[./]|${ground}`,
      },
    ),
  ),
);

/** Every room of the core that has a floor; a new room has to be given one above. */
const knownRooms = floors.flat().join('|');

const page = '^(src/(app|service-worker)|workers)/';
const thirdParty = { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'] };
const packages = (names) => `node_modules/(${names.join('|')})(/|$)`;

module.exports = {
  forbidden: [
    forbid(
      'no-circle',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
      'what two files need of each other lies below both',
    ),
    forbid('no-type-circle', {}, { circular: true }, 'a type that a child needs lies below both'),
    forbid('resolvable', {}, { couldNotResolve: true, pathNot: '^node:|[?]' }),
    forbid('no-orphan', { orphan: true, path: '^(src|models|workers)/', pathNot: '[.]d[.]ts$' }, {}),
    forbid(
      'declared-packages',
      { path: '^(src|models|workers)/' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    ),

    ...stairs,
    forbid('core-ground-is-bare', { path: ground }, { path: '.', pathNot: `^src/core/error[.]ts$|${ground}` }),
    forbid(
      'core-room-has-a-floor',
      { path: '^src/core/', pathNot: `^src/core/(${knownRooms})[./]` },
      { path: '.' },
      'name the room in floors, above',
    ),
    forbid('core-stands-alone', { path: '^src/core/' }, { path: '.', pathNot: '^src/core/|^node_modules/' }),
    forbid('core-takes-no-packages', { path: '^src/core/' }, thirdParty),
    forbid('models-on-core', { path: '^models/' }, { path: '.', pathNot: '^(models|src/core)/' }),
    forbid('engine-on-models', { path: '^src/engine/' }, { path: '.', pathNot: '^(src/engine|models|src/core)/|node_modules/' }),
    forbid(
      'engine-takes-few-packages',
      { path: '^src/engine/' },
      { ...thirdParty, pathNot: packages(['onnxruntime-common', '@huggingface/tokenizers', '@huggingface/jinja']) },
    ),
    forbid(
      'storage-is-plain',
      { path: '^src/storage/' },
      { path: '.', pathNot: `^src/(storage|core)/|^models/bundle[.]ts$|${packages(['idb-keyval'])}` },
    ),
    forbid('workers-below-app', { path: '^workers/' }, { path: '^src/(app|cli|service-worker)/' }),
    forbid(
      'contract-is-types',
      { path: '^workers/(scores-|models-|adapters-|train-)?api[.]ts$' },
      { path: '.', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'wire-is-light',
      { path: '^workers/wire[.]ts$' },
      { path: '.', pathNot: `^workers/api[.]ts$|^src/core/error[.]ts$|${packages(['comlink'])}` },
    ),

    forbid(
      'app-one-door',
      { path: '^src/app/', pathNot: '^src/app/(studio|scores|models)[.]ts$' },
      { path: '^workers/', pathNot: '^workers/(scores-|models-|adapters-|train-)?api[.]ts$' },
    ),
    forbid(
      'app-not-into-the-engine',
      { path: '^src/app/' },
      { path: '^(src/(engine|cli|service-worker)|models)/', pathNot: '^src/engine/train/recipes[.]ts$', dependencyTypesNot: ['type-only'] },
      'recipes are constants that forms start from',
    ),
    forbid(
      'app-takes-types-from-core',
      { path: '^src/app/' },
      {
        path: '^src/core/',
        pathNot: '^src/core/(error[.]ts|adapter/spec[.]ts|tensor/random[.]ts|decode/options[.]ts|metric/|dataset/|text/|archive/)',
        dependencyTypesNot: ['type-only'],
      },
      'work belongs into the worker; the screen may compare texts and read error codes',
    ),
    forbid('service-worker-alone', { path: '^src/service-worker/' }, { path: '.', pathNot: '^src/service-worker/|^src/core/error[.]ts$' }),
    forbid(
      'nobody-imports-the-service-worker',
      { pathNot: '^src/service-worker/' },
      { path: '^src/service-worker/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'runtime-only-in-workers',
      { pathNot: '^(workers/ort-|test/)' },
      { path: packages(['onnxruntime-web']), dependencyTypesNot: ['type-only'] },
    ),
    forbid('runtime-only-in-cli', { pathNot: '^src/cli/ort-node|^(test|bench)/' }, { path: packages(['onnxruntime-node']) }),
    forbid('node-only-in-cli', { path: `^(src/(core|engine|storage|app|service-worker)|models|workers)/` }, { dependencyTypes: ['core'] }),
    forbid('cli-not-into-the-page', { path: '^src/cli/' }, { path: `${page}|^src/storage/` }),
    forbid('nothing-imports-tests', { path: '^(src|models|workers)/' }, { path: '^(test|bench|scripts)/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['svelte', 'import', 'browser', 'default', 'types'] },
  },
};
