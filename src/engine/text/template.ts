/** @file Chat templates: how a system prompt and a prompt become the text that a model reads, and where the picture stands in it. */

import { isJsonObject } from '../../core/codec/json.ts';
import { StudioError } from '../../core/error.ts';
import { maxTemplateCharacters, openBoundedTemplate, tooMuchSpace, type BoundedTemplate } from './bounded/bounded-template.ts';

/** Where a template can come from, in the order in which they are looked at. */
export interface TemplateSources {
  /** Text of `chat_template.jinja`. */
  readonly jinjaFile?: string | null;
  /** Parsed content of `chat_template.json`. */
  readonly jsonFile?: unknown;
  /** Parsed content of `tokenizer_config.json`. */
  readonly tokenizerConfig?: unknown;
  /** What the family uses where the checkpoint has none. */
  readonly fallback: string;
  /** Spellings that templates refer to; '' where the tokenizer has none. */
  readonly bosToken: string;
  readonly eosToken: string;
}

/** A template that can be rendered. */
export interface ChatTemplate {
  readonly jinja: string;
  readonly origin: 'chat_template.jinja' | 'chat_template.json' | 'tokenizer_config.json' | 'family';
  /** Whether it has a place for a system prompt. */
  readonly takesSystem: boolean;
  /** The system prompt that it writes where none is given; '' where it writes none. */
  readonly defaultSystem: string;
  /** Gives the whole text up to where the answer begins. */
  render(prompt: PromptTexts): string;
}

/** What a user writes. */
export interface PromptTexts {
  /** null is the template's own, '' is none. */
  readonly system: string | null;
  readonly prompt: string;
}

/** Ways in which templates want a message's content: a text, or a list of typed parts. */
type ContentForm = 'text' | 'parts';
type Forms = Readonly<{ system: ContentForm; user: ContentForm }>;
type Message = Readonly<{ role: string; content: unknown }>;

/** How the place of the picture is written in templates. */
export const imagePlace = '<image>';

/**
 * Opens the template of a checkpoint and finds out by a trial in which form it wants its messages.
 *
 * @throws {StudioError} 'file-invalid' when it is no template, never gives one place for the picture and the prompt, or would take too long
 */
export function openChatTemplate(sources: TemplateSources): ChatTemplate {
  const { jinja, origin } = chooseTemplate(sources);
  const template = parse(jinja, origin);
  const variables = { add_generation_prompt: true, bos_token: sources.bosToken, eos_token: sources.eosToken };
  const render = (texts: PromptTexts, forms: Forms): string => template.render({ ...variables, messages: messagesOf(texts, forms) });

  const trial = { system: 'the-system-words', prompt: 'the-prompt-words' };
  const stops: string[] = [];
  const isFaithful = (texts: PromptTexts, candidate: Forms): boolean => {
    try {
      return hasEachOnce(render(texts, candidate), texts);
    } catch (error) {
      if (error instanceof StudioError) throw error;
      stops.push(error instanceof Error ? error.message : String(error)); // the form does not suit this template: another one may
      return false;
    }
  };
  const forms = allForms.find((candidate) => isFaithful(trial, candidate));
  const formsWithoutSystem = forms ?? allForms.find((candidate) => isFaithful({ ...trial, system: null }, candidate));
  if (!formsWithoutSystem) {
    // Where every trial ended with an error, it is the last one that says why.
    const stop = stops.length === 2 * allForms.length ? stops.at(-1) : undefined;
    throw unusable(
      origin,
      stop === undefined ? `it does not give one ${imagePlace} and the prompt` : `it stops with: ${stop.slice(0, 200)}`,
    );
  }
  const takesSystem = forms !== undefined;
  const defaultSystem = forms ? findDefaultSystem((texts) => render(texts, forms), trial) : '';
  return {
    jinja,
    origin,
    takesSystem,
    defaultSystem,
    render: (texts) => {
      const { system, prompt } = texts;
      if (system !== null && system !== '' && !takesSystem)
        throw new StudioError('prompt-invalid', 'system prompt: the template of this model has no place for one; leave it empty');
      // A template that writes one of its own keeps still only when it is given an empty one.
      return render({ prompt, system: system === '' && defaultSystem === '' ? null : system }, formsWithoutSystem);
    },
  };
}

/** Finds what a template writes by itself where a system prompt would stand. */
function findDefaultSystem(render: (texts: PromptTexts) => string, trial: { readonly system: string; readonly prompt: string }): string {
  const [before = '', after = ''] = render(trial).split(trial.system);
  let own: string;
  try {
    own = render({ ...trial, system: null });
  } catch (error) {
    if (error instanceof StudioError) throw error;
    return ''; // it insists on one, so it has none of its own
  }
  const isSame = own.length >= before.length + after.length && own.startsWith(before) && own.endsWith(after);
  return isSame ? own.slice(before.length, own.length - after.length) : '';
}

// Lists first: a template that takes parts often takes a text as well, but then puts no picture.
const allForms: readonly Forms[] = [
  { system: 'parts', user: 'parts' },
  { system: 'text', user: 'parts' },
  { system: 'text', user: 'text' },
];

function messagesOf(texts: PromptTexts, forms: Forms): readonly Message[] {
  const parts = [{ type: 'image' }, { type: 'text', text: texts.prompt }];
  const user = { role: 'user', content: forms.user === 'parts' ? parts : `${imagePlace}\n${texts.prompt}` };
  if (texts.system === null) return [user];
  const system = { role: 'system', content: forms.system === 'parts' ? [{ type: 'text', text: texts.system }] : texts.system };
  return [system, user];
}

/** Tells whether a rendering has each text once and the picture once, and no list printed as it stands. */
function hasEachOnce(text: string, texts: PromptTexts): boolean {
  const wanted = [imagePlace, texts.prompt, ...(texts.system === null ? [] : [texts.system])];
  return wanted.every((part) => countOf(part, text) === 1) && !/["']type["']|\[object/.test(text);
}

function chooseTemplate(sources: TemplateSources): Pick<ChatTemplate, 'jinja' | 'origin'> {
  if (typeof sources.jinjaFile === 'string') return { jinja: sources.jinjaFile, origin: 'chat_template.jinja' };
  const fromJson = readTemplateField(sources.jsonFile, 'chat_template.json');
  if (fromJson !== null) return { jinja: fromJson, origin: 'chat_template.json' };
  const fromConfig = readTemplateField(sources.tokenizerConfig, 'tokenizer_config.json');
  if (fromConfig !== null) return { jinja: fromConfig, origin: 'tokenizer_config.json' };
  return { jinja: sources.fallback, origin: 'family' };
}

/** Reads `chat_template` of a file: a text, a list of named ones, or an object of them; the one named 'default' or else the first. */
function readTemplateField(file: unknown, origin: ChatTemplate['origin']): string | null {
  const field = isJsonObject(file) ? (file['chat_template'] ?? null) : null;
  if (field === null || typeof field === 'string') return field;
  const entries: [unknown, unknown][] = Array.isArray(field)
    ? field.map((entry: unknown) => (isJsonObject(entry) ? [entry['name'], entry['template']] : [null, null]))
    : Object.entries(field);
  const [, chosen] = entries.find(([name]) => name === 'default') ?? entries[0] ?? [null, null];
  if (typeof chosen !== 'string') throw unusable(origin, 'chat_template must be a text or a list of named texts');
  return chosen;
}

function parse(jinja: string, origin: ChatTemplate['origin']): BoundedTemplate {
  if (jinja.length > maxTemplateCharacters)
    throw unusable(origin, `it has ${String(jinja.length)} characters; ${String(maxTemplateCharacters)} are the most`);
  if (tooMuchSpace.test(jinja)) throw unusable(origin, 'it has a thousand white spaces in a row');
  try {
    return openBoundedTemplate(jinja, () => unusable(origin, 'rendering it would take more time or memory than any prompt needs'));
  } catch (cause) {
    // The parser goes down with each bracket, until its stack is full.
    const reason = cause instanceof RangeError ? 'it is nested too deeply' : cause instanceof Error ? cause.message : String(cause);
    throw unusable(origin, reason, cause);
  }
}

function unusable(origin: ChatTemplate['origin'], reason: string, cause?: unknown): StudioError {
  return new StudioError(
    'file-invalid',
    `${origin}: the chat template cannot be used (${reason}); remove it to caption with the family's own`,
    {
      cause,
      details: { file: origin },
    },
  );
}

/** Counts how often a part stands in a text. */
export function countOf(part: string, text: string): number {
  return text.split(part).length - 1;
}
