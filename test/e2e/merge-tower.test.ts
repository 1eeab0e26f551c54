/** @file A style that taught the vision tower, learned and merged in the built page: the copy is that of the command line, tower and all. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { mergeAdapters } from '../../src/engine/adapter/merge.ts';
import { matchAdapter } from '../../src/engine/adapter/match-adapter.ts';
import { weightStore } from '../../src/engine/bundle/weight-store.ts';
import { openBundle, type Bundle } from '../../src/engine/bundle/bundle.ts';
import { openAdapterPlace } from '../../src/cli/adapter-flags.ts';
import { folderFiles, folderSink } from '../../src/cli/node-files.ts';
import { towerPrefix } from '../../models/vision/transformer.ts';
import { readModel } from '../../models/families.ts';
import { useBuiltStudio, useFolder } from '../helpers/built-studio.ts';
import { builtPage, chooseWasm, enterRoom, patienceMs } from '../helpers/studio-page.ts';
import { fillNumbers, takeSamples } from '../helpers/train-room.ts';

const folder = useFolder('tower');
const built = useBuiltStudio();

const openFolder = (place: string): Promise<Bundle> => openBundle(folderFiles(place));
const hashesOf = ({ manifest }: Bundle): readonly string[] => manifest.shards.map(({ sha256 }) => sha256);

it('learns with the tower, and the copy has the very bytes of one that is merged on the command line', async () => {
  const { page, complaints } = await built.open({ viewport: { width: 1440, height: 900 } });
  await enterRoom(page, 'Train');
  await chooseWasm(page);
  await takeSamples(page);
  await page.getByRole('radio', { name: /^Full/ }).check();
  await page.getByRole('checkbox', { name: 'The tower learns too' }).check();
  await page.getByRole('combobox', { name: 'Kept from training' }).selectOption('0');
  await fillNumbers(page, { 'Pictures a step': '5', Epochs: '1' });
  await page.getByRole('textbox', { name: 'Name of the style' }).fill('Seeing');
  await page.getByRole('button', { name: 'Start training' }).click();
  await page.getByRole('button', { name: 'Train another' }).waitFor({ timeout: patienceMs });

  await enterRoom(page, 'Styles');
  const openMenu = (): Promise<void> => page.getByRole('button', { name: 'More about Seeing' }).click();
  await openMenu();
  await page.getByRole('menuitem', { name: 'Export' }).click();
  const zip = page.waitForEvent('download', { timeout: patienceMs });
  await page.getByRole('button', { name: 'Save a zip' }).click();
  await (await zip).saveAs(join(folder, 'Seeing.zip'));
  await openMenu();
  await page.getByRole('menuitem', { name: 'Merge into a copy of the model' }).click();
  const dialog = page.getByRole('dialog');
  const start = dialog.getByRole('button', { name: 'Merge', exact: true });
  await expect.poll(() => start.isEnabled(), { timeout: patienceMs }).toBe(true);
  const tar = page.waitForEvent('download', { timeout: patienceMs });
  await start.click();
  await (await tar).saveAs(join(folder, 'merged.tar'));
  execFileSync('tar', ['-xf', join(folder, 'merged.tar'), '-C', folder]);
  expect(complaints).toEqual([]);

  const base = await openFolder(join(builtPage, 'bundles/llava-mini'));
  const model = { bundle: base, model: readModel(base.manifest.config), store: weightStore(base, 'float32') };
  const { adapter, unmatched } = matchAdapter(await openAdapterPlace(join(folder, 'Seeing.zip')), model);
  expect(unmatched).toEqual([]);
  expect([...adapter.replaced.keys()].some((name) => name.startsWith(`${towerPrefix}.`))).toBe(true);
  const expected = join(folder, 'expected');
  await mergeAdapters(model, [{ adapter, scale: 1 }], folderSink(expected), { name: 'expected', changedAs: 'float32' });
  const merged = await openFolder(join(folder, 'model'));
  expect(hashesOf(merged)).toEqual(hashesOf(await openFolder(expected)));
  expect(hashesOf(merged)).not.toEqual(hashesOf(base));
  expect(readFileSync(join(folder, 'model/manifest.json'), 'utf8')).toContain('Seeing');
}, 400_000);
