/** @file What a look at a source tells before anything large is read. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderFiles } from '../../../src/cli/node-files.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { convertCheckpoint } from '../../../src/engine/convert/convert.ts';
import { openSource } from '../../../src/engine/load/survey.ts';

import { checkpoint, useLoadStage } from './load-stage.ts';

const stage = useLoadStage();

describe('a survey', () => {
  it('says what each precision takes, as the load then does', async () => {
    const { survey } = await openSource(folderFiles(checkpoint));
    expect(survey.choices.map(({ form }) => form)).toEqual(['fp32', 'fp16', 'q8', 'q4']);
    for (const { form, storedBytes } of survey.choices) {
      const memory = memoryFiles('x');
      const precision = form === 'as-is' ? 'fp32' : form;
      const manifest = await convertCheckpoint(folderFiles(checkpoint), memory.sink, { precision, name: 'x', source: 'x', licence: 'x' });
      expect(manifest.shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBe(storedBytes);
    }
  });

  it('says how many tokens a picture takes, which with tiles depends on its shape', async () => {
    const surveyed = async (family: string): Promise<object> =>
      (await openSource(folderFiles(join(checkpoint, '../..', family, 'checkpoint')))).survey.imageTokens;
    expect(await surveyed('llava15-vicuna')).toEqual({ least: 16, most: 16 });
    const { least, most } = (await surveyed('llava16-vicuna')) as { readonly least: number; readonly most: number };
    expect(most).toBeGreaterThan(least);
  });

  it('refuses pickles and says what to do instead', async () => {
    for (const name of readdirSync(stage.folder)) if (name.includes('safetensors')) rmSync(join(stage.folder, name));
    writeFileSync(join(stage.folder, 'pytorch_model.bin'), 'no weights');
    await expect(openSource(folderFiles(stage.folder))).rejects.toMatchObject({
      code: 'file-invalid',
      message: expect.stringMatching(/pickle \(pytorch_model\.bin\).*save_pretrained/) as string,
    });
  });
});
