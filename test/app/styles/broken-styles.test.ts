/** @file Styles that are broken among others that are not. */

import { describe, expect, it } from 'vitest';
import { readStyles } from '../../../src/app/intake/style-source.ts';
import { fakeStyles, styleSource } from '../fake-styles.ts';
import { memoryStores, openWorkspace } from '../stage.ts';

const withPath = (path: string): { readonly file: File; readonly path: string } => ({
  file: new File(['{}'], path.split('/').at(-1) ?? ''),
  path,
});
const foldersIn = (...paths: readonly string[]): readonly string[] =>
  readStyles({ pictures: [], others: paths.map(withPath), address: undefined }).map((source) =>
    source.kind === 'files' ? source.name : source.kind,
  );

describe('a style that cannot be read any more', () => {
  it('is told to be of no use, and the others are compared with the model all the same', async () => {
    const stores = memoryStores();
    const first = await openWorkspace({ styles: fakeStyles().api }, stores);
    const broken = await first.workspace.styles.import(styleSource('tales', 'Tales'));
    await first.workspace.styles.import(styleSource('haiku', 'Haiku'));
    await stores.styles.save(broken.id, { ...broken, zip: new Blob(['broken']) });
    const styles = fakeStyles();
    const { workspace } = await openWorkspace({ styles: styles.api }, stores);
    await workspace.styles.compare();
    expect(styles.loads).toEqual(['haiku']);
    expect(workspace.styles.all.map(({ name, summary }) => [name, summary.fit.state])).toEqual([
      ['Tales', 'other'],
      ['Haiku', 'fits'],
    ]);
    expect(workspace.styles.all[0]?.summary.fit.reason).toContain('no style in it');
  });
});

describe('a folder that is dropped', () => {
  it('gives its styles, and not what trainers leave beside them', () => {
    expect(
      foldersIn(
        'run/trainer_state.json',
        'run/a/adapter_config.json',
        'run/a/adapter_model.safetensors',
        'run/b/caption-studio.json',
        'run/logs/x.json',
      ),
    ).toEqual(['a', 'b']);
  });

  it('is asked for a style where none shows, so that what is missing can be said', () => {
    expect(foldersIn('run/adapter_model.safetensors')).toEqual(['run']);
    expect(() => foldersIn('run/photo.txt')).toThrow('a style is a folder');
  });
});
