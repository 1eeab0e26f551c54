import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promptParameter } from '../../../src/core/adapter/soft-prompt.ts';
import { trainedParameters } from '../../../models/decoder/train-step.ts';
import type { OpenModel } from '../../../src/engine/model.ts';
import { planRun } from '../../../src/engine/train/run-plan.ts';
import { startValues } from '../../../src/engine/train/start/start-values.ts';
import { openTinyModel, tinyOptions, tinyPictures } from './tiny-run.ts';

let tiny: Awaited<ReturnType<typeof openTinyModel>>;

beforeAll(async () => {
  tiny = await openTinyModel();
});

afterAll(() => tiny.close());

async function startOf(initText: string, prompt: { system: string; prompt: string }): Promise<readonly number[]> {
  const { model } = tiny;
  const options = tinyOptions({ kind: 'prompt', tokens: null, initText, placement: 'prompt' }, { prompt });
  const { method } = planRun(model, options, { pictures: tinyPictures(2), validation: [] });
  const parameters = trainedParameters({ model: model.model, catalog: model.store.catalog }, method);
  return [...((await startValues(model, parameters, { options, startsFrom: null })).get(promptParameter) ?? [])];
}

describe('a learned prompt', () => {
  it('starts as the system prompt followed by the sentence, where the text asks for both', async () => {
    const asked = { system: 'a cat sits', prompt: 'what is it?' };
    const both = await startOf('{system} {prompt}', asked);
    expect(both).toEqual(await startOf('a cat sits what is it?', asked));
    expect(both.length).toBe(idsOf(tiny.model, 'a cat sits what is it?') * tiny.model.model.decoder.hiddenSize);
    expect(both.some((value) => value !== 0)).toBe(true);
  });

  it('starts as the sentence alone, where there is no system prompt', async () => {
    const asked = { system: '', prompt: 'what is it?' };
    expect(await startOf('{system} {prompt}', asked)).toEqual(await startOf('what is it?', asked));
  });

  it('is refused where the text stands for nothing', async () => {
    await expect(startOf('{system}', { system: '', prompt: 'what is it?' })).rejects.toMatchObject({ code: 'argument-invalid' });
  });
});

function idsOf(model: OpenModel, text: string): number {
  return model.tokenizer.encode(text, { special: false }).length;
}
