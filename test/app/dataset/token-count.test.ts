import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readFiles } from '../../../src/app/intake/drop.ts';
import { takeIn } from '../../../src/app/state/cards/take-in.ts';
import { TokenizerHub } from '../../../src/app/state/dataset/tokenizer-hub.svelte.ts';
import { openWorkspace } from '../stage.ts';

/** As T5's is built, with a vocabulary of a few pieces: Unigram, a mark for the beginning of a word, `</s>` at the end. */
const unigram = JSON.stringify({
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: ['<pad>', '</s>', '<unk>'].map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: { type: 'Precompiled', precompiled_charsmap: '' },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
    special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
  },
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  model: {
    type: 'Unigram',
    unk_id: 2,
    vocab: [
      ['<pad>', 0],
      ['</s>', 0],
      ['<unk>', 0],
      ['▁', -4],
      ['▁A', -2],
      ['▁cat', -2],
      ['s', -3],
      ['.', -3],
      ['▁sat', -3],
    ],
    byte_fallback: false,
  },
});

describe('whose tokens are counted', () => {
  it('is T5’s, or another’s, once its tokenizer is given: in the counter, the filter, the flags and after a reload', async () => {
    const { workspace, stores } = await openWorkspace({ words: 'A cats sat.' });
    const canvas = new OffscreenCanvas(40, 30);
    canvas.getContext('2d')?.fillRect(4, 4, 20, 20);
    takeIn(workspace, readFiles([new File([await canvas.convertToBlob()], 'a.png', { type: 'image/png' })]));
    await vi.waitFor(() => expect(workspace.gallery.counts.done).toBe(1));
    const { tokenCount, gallery, lookOver } = workspace;
    expect([tokenCount.name, tokenCount.limit]).toEqual(['CLIP', 77]);
    await tokenCount.take({ name: 'T5', json: unigram, limit: 256 });
    // ▁A ▁cat s ▁sat . </s>
    expect(tokenCount.count('A cats sat.')).toBe(6);
    expect([tokenCount.name, tokenCount.limit]).toEqual(['T5', 256]);
    gallery.words = 'tokens:6';
    expect(gallery.shown).toHaveLength(1);
    await tokenCount.setLimit(5);
    await lookOver.checkCaptions();
    expect(lookOver.flagsOf(workspace.library.cards[0] ?? expect.unreachable()).map(({ message }) => message)).toContain(
      '6 tokens; T5 reads 5 and drops the rest',
    );

    const after = await openWorkspace({}, stores);
    expect([after.workspace.tokenCount.name, after.workspace.tokenCount.limit]).toEqual(['T5', 5]);
    await after.workspace.tokenCount.prepare();
    expect(after.workspace.tokenCount.count('A cats sat.')).toBe(6);
    await after.workspace.tokenCount.choose('clip').catch(() => undefined);
    expect(after.workspace.tokenCount.limit).toBe(77);
  });

  it('is the open model’s own, also after a reload, while what was given stays', async () => {
    const { workspace, stores } = await openWorkspace({ tokenizer: unigram });
    const { tokenCount, studio } = workspace;
    await tokenCount.take({ name: 'T5', json: unigram, limit: 256 });
    await tokenCount.takeModel('llava-mini', await studio.readTokenizer(), 2048);
    expect([tokenCount.name, tokenCount.limit, tokenCount.count('A cats sat.')]).toEqual(['llava-mini', 2048, 6]);
    const after = await openWorkspace({}, stores);
    await after.workspace.tokenCount.prepare();
    expect([after.workspace.tokenCount.name, after.workspace.tokenCount.count('A cat')]).toEqual(['llava-mini', 3]);
    await after.workspace.tokenCount.choose('own');
    expect([after.workspace.tokenCount.name, after.workspace.tokenCount.limit]).toEqual(['T5', 256]);
  });

  it('comes from the hub that was asked last, with its token and nobody else’s', async () => {
    const { workspace } = await openWorkspace();
    const asked: [string, string | null][] = [];
    let status = 200;
    const fetching = vi.spyOn(globalThis, 'fetch').mockImplementation((address, options) => {
      const url = address instanceof Request ? address.url : String(address);
      asked.push([url, new Headers(options?.headers).get('authorization')]);
      return Promise.resolve(new Response(unigram, { status }));
    });
    onTestFinished(() => fetching.mockRestore());
    const { access } = workspace.models;
    await access.use('https://mirror.example', 'secret');
    const hub = new TokenizerHub(access, workspace.tokenCount);
    await hub.recallToken();
    await hub.fetch();
    expect([workspace.tokenCount.name, workspace.tokenCount.limit]).toEqual(['T5', 256]);
    [hub.id, hub.host] = ['some/model@v1', 'other.example/'];
    await hub.recallToken();
    await hub.fetch();
    expect(workspace.tokenCount.name).toBe('model@v1');
    expect(asked).toEqual([
      ['https://mirror.example/google-t5/t5-base/resolve/main/tokenizer.json', 'Bearer secret'],
      ['https://other.example/some/model/resolve/v1/tokenizer.json', null],
    ]);
    expect(access.lastHub).toBe('https://other.example');
    status = 404;
    hub.id = 'google/t5-v1_1-xxl';
    await expect(hub.fetch()).rejects.toThrow(/google\/t5-v1_1-xxl has no tokenizer\.json.*google-t5\/t5-base/u);
    hub.id = '../x';
    await expect(hub.fetch()).rejects.toThrow(/is no hub id/u);
    expect(workspace.tokenCount.name).toBe('model@v1');
  });

  it('stays as it was where a file is no tokenizer', async () => {
    const { workspace } = await openWorkspace();
    await expect(workspace.tokenCount.take({ name: 'odd', json: '{"model": 1}', limit: 256 })).rejects.toThrow(
      /^odd: is no tokenizer\.json/u,
    );
    expect(workspace.tokenCount.name).toBe('CLIP');
  });
});
