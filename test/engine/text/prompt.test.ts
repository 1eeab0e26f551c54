import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chatmlTemplate, defaultTemplate, mistralTemplate, vicunaTemplate } from '../../../models/templates.ts';
import { encodePrompt } from '../../../src/engine/text/prompt-ids.ts';
import { rawPrompt, renderPrompt } from '../../../src/engine/text/prompt.ts';
import { type ChatTemplate, openChatTemplate, type TemplateSources } from '../../../src/engine/text/template.ts';
import { openTokenizer, type TextTokenizer } from '../../../src/engine/text/tokenizer.ts';
import { readTensorFile } from '../../helpers/tensor-file.ts';

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const openFolder = (folder: string): TextTokenizer =>
  openTokenizer(readJson(`${folder}/tokenizer.json`), readJson(`${folder}/tokenizer_config.json`));
const open = (sources: Partial<TemplateSources>): ChatTemplate =>
  openChatTemplate({ fallback: vicunaTemplate.jinja, bosToken: '<s>', eosToken: '</s>', ...sources });
const textOf = (template: ChatTemplate, prompt: string, system = ''): string => renderPrompt(template, { system, prompt }).text;

/** A template as published checkpoints have it: filters for parts, and the tag that marks answers. */
const partsJinja =
  "{% for message in messages %}{{ '[' + message['role'] + ']' }}{% for part in message['content'] | selectattr('type', 'equalto', 'image') %}{{ '<image>' }}{% endfor %}" +
  "{% for part in message['content'] | selectattr('type', 'equalto', 'text') %}{% if message['role'] == 'assistant' %}{% generation %}{{ part['text'] }}{% endgeneration %}" +
  "{% else %}{{ ' ' + part['text'] }}{% endif %}{% endfor %}{{ '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '[assistant]\n' }}{% endif %}";
/** A template for text alone, as tokenizers of language models have it. */
const textJinja =
  "{% if messages[0]['role'] != 'system' %}{{ 'SYS none\n' }}{% endif %}{% for message in messages %}{{ message['role'] + '\n' + message['content'] + eos_token }}{% endfor %}";

describe('openChatTemplate', () => {
  it('gives parts to a template that looks for parts, and text to one that does not', () => {
    expect(textOf(open({ jinjaFile: partsJinja }), 'What is it?', 'Be brief.')).toBe(
      '[system] Be brief.\n[user]<image> What is it?\n[assistant]\n',
    );
    expect(textOf(open({ jinjaFile: textJinja }), 'What is it?', 'Be brief.')).toBe('system\nBe brief.</s>user\n<image>\nWhat is it?</s>');
    expect(textOf(open({ jinjaFile: textJinja }), 'What is it?')).toBe('SYS none\nuser\n<image>\nWhat is it?</s>');
  });

  it('looks into the template file, then its JSON, then the tokenizer config, then to the family', () => {
    const named = (mark: string): string => partsJinja.replace('[assistant]', mark);
    const sources = {
      jinjaFile: named('1'),
      jsonFile: { chat_template: named('2') },
      tokenizerConfig: {
        chat_template: [
          { name: 'tool_use', template: 'x' },
          { name: 'default', template: named('3') },
        ],
      },
      fallback: named('4'),
    };
    const ends = [
      sources,
      { ...sources, jinjaFile: null },
      { ...sources, jinjaFile: null, jsonFile: {} },
      { fallback: sources.fallback },
    ].map((each) => {
      const template = open(each);
      return [template.origin, textOf(template, 'p').at(-2)];
    });
    expect(ends).toEqual([
      ['chat_template.jinja', '1'],
      ['chat_template.json', '2'],
      ['tokenizer_config.json', '3'],
      ['family', '4'],
    ]);
  });

  it('takes an object of named templates', () => {
    expect(open({ jsonFile: { chat_template: { other: 'x', default: partsJinja } } }).jinja).toBe(partsJinja);
  });

  it('knows the system prompt that a template writes by itself, leaves it out when told to, and puts another in its place', () => {
    const jinja =
      "{% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are kind.<|im_end|>\n' }}{% endif %}" +
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}" +
      "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
    const template = open({ jinjaFile: jinja });
    expect(template.defaultSystem).toBe('You are kind.');
    const rest = '<|im_start|>user\n<image>\nWhat?<|im_end|>\n<|im_start|>assistant\n';
    const textWith = (system: string | null): string => renderPrompt(template, { system, prompt: 'What?' }).text;
    expect(textWith(null)).toBe(`<|im_start|>system\nYou are kind.<|im_end|>\n${rest}`);
    expect(textWith('')).toBe(`<|im_start|>system\n<|im_end|>\n${rest}`);
    expect(textWith('Be brief.')).toBe(`<|im_start|>system\nBe brief.<|im_end|>\n${rest}`);
  });

  it.each([vicunaTemplate, chatmlTemplate, mistralTemplate])(
    'finds none in the $name template, where none and its own are the same',
    (known) => {
      const template = open({ fallback: known.jinja });
      expect(template.defaultSystem).toBe('');
      expect(renderPrompt(template, { system: '', prompt: 'What?' })).toEqual(renderPrompt(template, { system: null, prompt: 'What?' }));
    },
  );

  it('says that there is no place for a system prompt where a template refuses one', () => {
    const template = open({ jinjaFile: `{% if messages[0]['role'] == 'system' %}{{ raise_exception('no') }}{% endif %}${textJinja}` });
    expect(template.takesSystem).toBe(false);
    expect(textOf(template, 'What?')).toContain('What?');
    expect(() => textOf(template, 'What?', 'Be brief.')).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
  });

  it.each<[string, Partial<TemplateSources>]>([
    ['that is broken', { jinjaFile: '{% for %}' }],
    ['without a place for the prompt', { jinjaFile: 'USER: <image>' }],
    ['without a place for the picture', { jinjaFile: "{{ messages[0]['content'][1]['text'] }}" }],
    ['with two places for the picture', { jinjaFile: `<image>${partsJinja}` }],
    ['that prints its lists', { jinjaFile: '{{ messages | tojson }}<image>' }],
    ['that is a number', { jsonFile: { chat_template: 5 } }],
    ['in an empty list', { tokenizerConfig: { chat_template: [] } }],
  ])('refuses a template %s', (_, sources) => {
    expect(() => open(sources)).toThrow(expect.objectContaining({ code: 'file-invalid' }));
  });

  it('says with what a template stops, and that one is nested too deeply', () => {
    expect(() => open({ jinjaFile: "{{ raise_exception('not for pictures') }}" })).toThrow('it stops with: not for pictures');
    expect(() => open({ jinjaFile: `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}` })).toThrow('it is nested too deeply');
  });
});

describe('the templates of families', () => {
  it('write what model cards write', () => {
    expect(textOf(open({}), 'What is this?')).toBe('USER: <image>\nWhat is this? ASSISTANT:');
    expect(textOf(open({}), 'What is this?', vicunaTemplate.systemPrompt)).toBe(
      "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions. " +
        'USER: <image>\nWhat is this? ASSISTANT:',
    );
    expect(textOf(open({ fallback: mistralTemplate.jinja }), 'What is this?')).toBe('[INST] <image>\nWhat is this? [/INST]');
    expect(textOf(open({ fallback: chatmlTemplate.jinja }), 'What is this?', 'Be brief.')).toBe(
      '<|im_start|>system \nBe brief.<|im_end|><|im_start|>user <image>\nWhat is this?<|im_end|><|im_start|>assistant',
    );
  });

  it.each(['llava15-vicuna', 'llava-interleave-qwen2'])('write the prompts of the reference, and encode to its ids: %s', async (family) => {
    const folder = `test/fixtures/reference/${family}`;
    const { photos } = readJson(`${folder}/expected.json`) as { photos: Record<string, { prompt: string; image_tokens: number }> };
    const { text_config } = readJson(`${folder}/checkpoint/config.json`) as { text_config: { model_type: string } };
    const expected = await readTensorFile(`${folder}/expected.safetensors`);
    const tokenizer = openFolder(`${folder}/checkpoint`);
    const template = open({ fallback: defaultTemplate(text_config.model_type).jinja });
    for (const [photo, { prompt, image_tokens }] of Object.entries(photos)) {
      const rendered = renderPrompt(template, { system: '', prompt: 'Describe it.' });
      expect(rendered.text).toBe(prompt);
      const { before, after } = encodePrompt(tokenizer, rendered);
      expect([...before, ...Array<number>(image_tokens).fill(4), ...after]).toEqual(expected.rows(`${photo}.input_ids`).flat());
    }
  });

  const mini = '../shared/checkpoints/llava-mini';
  it.runIf(existsSync(mini))('of llava-mini itself gives its prompt ids, with and without system prompt', async () => {
    const { system, prompts } = readJson(`${mini}/expected.json`) as { system: string; prompts: Record<string, string> };
    const expected = await readTensorFile(`${mini}/expected.safetensors`);
    const tokenizer = openFolder(mini);
    const template = open({ jsonFile: readJson(`${mini}/chat_template.json`) });
    const idsOf = (texts: { system: string; prompt: string }): number[] => {
      const { before, after } = encodePrompt(tokenizer, renderPrompt(template, texts));
      return [...before, 4, ...after];
    };
    expect(idsOf({ system: '', prompt: prompts['one'] ?? '' })).toEqual(expected.rows('prompt_ids').flat());
    expect(idsOf({ system, prompt: prompts['detail'] ?? '' })).toEqual(expected.rows('system_prompt_ids').flat());
  });
});

describe('renderPrompt', () => {
  it('cuts the text where the picture stands', () => {
    const { before, after, answerLead } = renderPrompt(open({}), { system: '', prompt: 'Why {{ so }}?' });
    expect([before, after, answerLead]).toEqual(['USER: ', '\nWhy {{ so }}? ASSISTANT:', ' ']);
  });

  it('refuses a place for a picture in what the user wrote', () => {
    expect(() => textOf(open({}), 'Look at <image>')).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
    expect(() => textOf(open({}), 'Look', '<image>')).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
  });
});

describe('rawPrompt', () => {
  it('takes the text as it is, if the picture has one place', () => {
    expect(rawPrompt('a <image> b')).toEqual({ text: 'a <image> b', before: 'a ', after: ' b', answerLead: '' });
    for (const text of ['', 'a', '<image><image>'])
      expect(() => rawPrompt(text)).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
  });
});

describe('encodePrompt', () => {
  const reference = openFolder('test/fixtures/reference/llava15-vicuna/checkpoint');
  const qwenLike = openTokenizer(readJson('test/fixtures/tokenizers/qwen-like.json'), {});
  const prompt = renderPrompt(open({}), { system: '', prompt: 'What is this?' });

  it('adds the start after a space where the answer has one, and nothing to a raw prompt', () => {
    expect(encodePrompt(reference, prompt, 'A photo of').start).toEqual(reference.encode(' A photo of', { special: false }));
    expect(encodePrompt(reference, prompt, ' A photo of').start).toEqual(reference.encode(' A photo of', { special: false }));
    expect(encodePrompt(reference, rawPrompt(prompt.text), 'A photo of').start).toEqual(reference.encode('A photo of', { special: false }));
  });

  it('gives the ids that transformers goes on from, for a start put right behind the prompt', async () => {
    const golden = await readTensorFile('test/fixtures/reference/llava15-vicuna/generation/generation.safetensors');
    const { before, after } = encodePrompt(reference, rawPrompt(prompt.text), 'A photo of');
    expect([...before, ...Array<number>(16).fill(4), ...after]).toEqual(golden.rows('forced_words.input_ids').flat());
  });

  it('leaves the prompt as it is where a token would reach over the border', () => {
    const raw = rawPrompt('<image> a');
    const { after, start } = encodePrompt(reference, raw, ' dog');
    expect(after.slice(0, after.length - start.length)).toEqual(encodePrompt(reference, raw).after);
    expect(reference.decode(start)).toBe(' dog');
  });

  it('leaves out white space at the end of the start', () => {
    expect(encodePrompt(qwenLike, prompt, 'A dog ').start).toEqual(encodePrompt(qwenLike, prompt, 'A dog').start);
    expect(encodePrompt(qwenLike, prompt, '  ').start).toEqual([]);
    expect(() => encodePrompt(qwenLike, prompt, 'A <image>')).toThrow(expect.objectContaining({ code: 'prompt-invalid' }));
  });

  it('does not begin twice where the template writes the first token itself', () => {
    const { before } = encodePrompt(reference, rawPrompt('<s>USER: <image>'));
    expect(before).toEqual(encodePrompt(reference, rawPrompt('USER: <image>')).before);
    expect(before.filter((id) => id === reference.bosId)).toHaveLength(1);
  });

  it('encodes the sides for themselves where the tokenizer knows no picture', () => {
    const json = readJson('test/fixtures/reference/llava15-vicuna/checkpoint/tokenizer.json') as {
      added_tokens: { content: string }[];
      model: { vocab: Record<string, number> };
    };
    const vocab = Object.fromEntries(Object.entries(json.model.vocab).filter(([token]) => token !== '<image>'));
    const blind = openTokenizer(
      { ...json, added_tokens: json.added_tokens.filter(({ content }) => content !== '<image>'), model: { ...json.model, vocab } },
      { bos_token: '<s>', eos_token: '</s>' },
    );
    expect(encodePrompt(blind, prompt, 'A photo')).toEqual(encodePrompt(reference, prompt, 'A photo'));
  });
});
