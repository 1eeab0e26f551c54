/** @file Checkpoints of every family whose JSON says anything at all in any one place: refused in words, or still a model, and never slow. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memorySource, type FileSet } from '../../../src/core/codec/byte-source.ts';
import { StudioError } from '../../../src/core/error.ts';
import { openSource } from '../../../src/engine/load/survey.ts';

const references = join(import.meta.dirname, '../../fixtures/reference');
const families = readdirSync(references).filter((name) => existsSync(join(references, name, 'checkpoint/config.json')));
const texts = ['config.json', 'preprocessor_config.json', 'tokenizer_config.json', 'tokenizer.json', 'model.safetensors.index.json'];

const value = fc.oneof(
  fc.constantFrom<unknown>(0, -1, 1, 3, 0.5, 1e9, 2 ** 31, 2 ** 53, 1e308, -1e308, '', 'x', null, [], {}, true, false),
  fc.constantFrom<unknown>([1e9], [[1, 2]], [[-1, 1e9]], [[336, 0]], [[1e9, 1e9]], '{{ 1 }}', '{% for x in range(1e9) %}{% endfor %}'),
  fc.jsonValue(),
);

/** The files of a checkpoint in memory. */
function read(family: string): ReadonlyMap<string, Uint8Array> {
  const folder = join(references, family, 'checkpoint');
  return new Map(readdirSync(folder).map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]));
}

function asFolder(files: ReadonlyMap<string, Uint8Array>): FileSet {
  return {
    name: 'hostile',
    list: () => Promise.resolve([...files.keys()].sort()),
    open: (path) => {
      const bytes = files.get(path);
      return Promise.resolve(bytes ? memorySource(path, bytes) : null);
    },
  };
}

/** Every place in a value; of long lists the first few. */
function placesOf(json: unknown, at: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof json !== 'object' || json === null) return [at];
  const inner = Object.entries(json).slice(0, 40);
  return [...(at.length > 0 ? [at] : []), ...inner.flatMap(([key, entry]) => placesOf(entry, [...at, key]))];
}

describe.each(families)('a checkpoint like %s', (family) => {
  const files = read(family);
  it.each(texts.filter((name) => files.has(name)))('with anything in its %s is refused in words, or is still a model', async (name) => {
    const json = JSON.parse(new TextDecoder().decode(files.get(name))) as object;
    const places = placesOf(json).slice(0, 400);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.option(value, { nil: undefined }), async (path, put) => {
        const copy = structuredClone(json) as Record<string, unknown>;
        let place = copy;
        for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
        place[path.at(-1) ?? ''] = put; // undefined is left out of the text
        const damaged = new Map([...files, [name, new TextEncoder().encode(JSON.stringify(copy))] as const]);
        await openSource(asFolder(damaged)).catch((error: unknown) => {
          if (!(error instanceof StudioError)) throw error;
          expect(error.code).not.toBe('internal');
        });
      }),
      { numRuns: name === 'config.json' ? 300 : 80 },
    );
  });
});
