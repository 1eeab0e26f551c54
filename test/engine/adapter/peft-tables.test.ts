/** @file Adapters of PEFT that change the head, the embeddings or biases of a model whose head is tied to its embeddings. */

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderFiles } from '../../../src/cli/node-files.ts';
import { StudioError } from '../../../src/core/error.ts';
import { writeSafetensors } from '../../../src/core/codec/safetensors-write.ts';
import { peftLayouts } from '../../../src/core/peft/layout.ts';
import { float32 } from '../../../src/core/tensor/tensor.ts';
import { factsOf } from '../../../src/engine/adapter/facts.ts';
import { lookInside } from '../../../src/engine/adapter/look-inside.ts';
import { matchAdapter } from '../../../src/engine/adapter/match-adapter.ts';
import type { MatchedAdapter } from '../../../src/engine/adapter/match-report.ts';
import { mergeAdapters } from '../../../src/engine/adapter/merge.ts';
import { readAdapterFolder } from '../../../src/engine/adapter/read-adapter.ts';
import { writeAdapter } from '../../../src/engine/adapter/write-adapter.ts';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { traceCaption } from '../../../src/engine/caption/trace.ts';
import { rawPrompt } from '../../../src/engine/text/prompt.ts';
import { readTensorFile } from '../../helpers/tensor-file.ts';
import { expectClose } from '../../helpers/to-be-close.ts';
import { adapterTolerance, useWornStage } from './worn-stage.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/peft');
const kinds = ['lm-head-lora', 'save-embed', 'bias-lora-only'];
const stage = useWornStage('llava-interleave-qwen2');

async function openFixture(kind: string): Promise<MatchedAdapter> {
  return matchAdapter(await readAdapterFolder(folderFiles(join(fixtures, kind))), stage().model);
}

async function lastLogits({ adapter }: MatchedAdapter): Promise<Float32Array> {
  const { rack, pixels, reference } = stage();
  const photo = reference.photos.find(([key]) => key === 'a')?.[1] ?? expect.fail('no photo a');
  const trace = await traceCaption(await rack.wear([{ adapter, scale: 1 }]), { pixels, size: photo }, rawPrompt(photo.prompt), 0);
  const logits = trace.get('logits')?.data as Float32Array;
  return logits.slice(-40 * 96);
}

async function wantedLogits(kind: string): Promise<Float32Array> {
  return (await readTensorFile(join(fixtures, kind, 'expected.safetensors'))).floats('last_logits');
}

describe('on a model with tied tables', () => {
  it.each(kinds)('%s gives the logits of PEFT, and every key has its place', async (kind) => {
    const matched = await openFixture(kind);
    expect([matched.unmatched, matched.missing]).toEqual([[], []]);
    expectClose(await lastLogits(matched), await wantedLogits(kind), adapterTolerance);
  });

  it.each(kinds)('%s comes back from each layout with the same numbers and logits', async (kind) => {
    const matched = await openFixture(kind);
    for (const layout of peftLayouts) {
      const { sink, files } = memoryFiles('written');
      for (const [path, bytes] of writeAdapter(matched.adapter, { layout, sizes: stage().model.model.decoder }))
        await sink.write(path, bytes);
      const again = matchAdapter(await readAdapterFolder(files), stage().model);
      expect(again.unmatched).toEqual([]);
      expect(again.adapter.replaced).toEqual(matched.adapter.replaced);
      expectClose(await lastLogits(again), await wantedLogits(kind), adapterTolerance);
    }
  });

  it('leaves the base as it is when the head has been another', async () => {
    const before = await stage().logits([]);
    await lastLogits(await openFixture('save-embed'));
    expect(await stage().logits([])).toEqual(before);
  });

  it.each(['lm-head-lora', 'save-embed'])('%s cannot be merged, since one table would have to be two', async (kind) => {
    const { adapter } = await openFixture(kind);
    const { sink } = memoryFiles('merged');
    const merging = mergeAdapters(stage().model, [{ adapter, scale: 1 }], sink, { name: 'merged', changedAs: 'float32' });
    await expect(merging).rejects.toThrow(/head and the embeddings/);
  });

  it('tells the head apart from the layers', async () => {
    const { adapter } = await openFixture('lm-head-lora');
    expect(factsOf(adapter)).toContain('q_proj and lm_head of 2 layers');
    const insight = await lookInside(stage().model, adapter);
    const places = 'changes' in insight ? insight.changes.map(({ place, layer }) => `${place} ${String(layer)}`) : [];
    expect(places).toEqual(['decoder 0', 'decoder 1', 'head 0']);
  });
});

describe('files for PEFT', () => {
  it('keep biases in the modules that they belong to', async () => {
    const { adapter } = await openFixture('bias-lora-only');
    const files = writeAdapter(adapter, { layout: 'hf5', sizes: stage().model.model.decoder });
    const config = JSON.parse(new TextDecoder().decode(files.get('adapter_config.json'))) as Record<string, unknown>;
    expect([config['bias'], config['modules_to_save']]).toEqual(['lora_only', null]);
    expect(Buffer.from(files.get('adapter_model.safetensors') ?? []).toString('latin1')).toContain('self_attn.q_proj.base_layer.bias');
  });

  it('name no option that PEFT 0.7 refuses unless it is on', async () => {
    const { adapter } = await openFixture('lm-head-lora');
    const text = new TextDecoder().decode(
      writeAdapter(adapter, { layout: 'hf4', sizes: stage().model.model.decoder }).get('adapter_config.json'),
    );
    expect(text).not.toMatch(/use_rslora|use_dora/);
  });
});

describe('low-rank changes of what is no linear layer', () => {
  const odd = {
    'model.language_model.embed_tokens.lora_embedding_A': [[2, 96], 'a table of embeddings'],
    'model.vision_tower.embeddings.patch_embedding.lora_A.weight': [[2, 3, 7, 7], 'a convolution'],
  } as const;
  it.each(Object.entries(odd))('are refused by name: %s', async (key, [shape, what]) => {
    const { sink, files } = memoryFiles('odd');
    const config = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj', 'embed_tokens', 'patch_embedding'] };
    const size = shape.reduce((product, dim) => product * dim, 1);
    await sink.write('adapter_config.json', new TextEncoder().encode(JSON.stringify(config)));
    await sink.write(
      'adapter_model.safetensors',
      writeSafetensors(new Map([[`base_model.model.${key}`, float32(shape, new Float32Array(size))]])),
    );
    const folder = await readAdapterFolder(files);
    const refusal = ((): unknown => {
      try {
        return matchAdapter(folder, stage().model);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(StudioError);
    expect((refusal as StudioError).message).toContain(key);
    expect((refusal as StudioError).message).toContain(what);
  });
});
