/** @file Chat templates that would never end, or would fill the memory, are refused in a moment; what templates do in earnest is not. */
import { Template } from '@huggingface/jinja';
import { describe, expect, it } from 'vitest';
import { chatmlTemplate, vicunaTemplate } from '../../../models/templates.ts';
import { openBoundedTemplate } from '../../../src/engine/text/bounded/bounded-template.ts';
import { openChatTemplate, type ChatTemplate } from '../../../src/engine/text/template.ts';

const open = (jinjaFile: string): ChatTemplate =>
  openChatTemplate({ jinjaFile, fallback: vicunaTemplate.jinja, bosToken: '<s>', eosToken: '</s>' });

const doubled = (value: string, times: number): string =>
  `{% set ns = namespace(x=${value}) %}{% for i in range(${String(times)}) %}{% set ns.x = ns.x + ns.x %}{% endfor %}`;
const nested = '{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}';
const long = doubled("'aaaaaaaaaaaaaaaa'", 13);

const hostile: Readonly<Record<string, string>> = {
  'a loop of a billion': '{% for i in range(1000000000) %}x{% endfor %}',
  'a loop without end': '{% for i in range(0, 1, 1 / 100000000000) %}x{% endfor %}',
  'a range with a step of nothing': '{% for i in range(0, 1, 0) %}x{% endfor %}',
  'loops in loops': `${'{% for i in range(300) %}'.repeat(4)}x${'{% endfor %}'.repeat(4)}`,
  'loops in loops that do nothing': `${'{% for i in range(2000) %}'.repeat(3)}${'{% endfor %}'.repeat(3)}`,
  'a text that doubles': `${doubled("'ab'", 60)}{{ ns.x }}`,
  'a text that doubles without being seen': doubled("'ab'", 60),
  'a list that doubles': `${doubled('[1]', 60)}{{ ns.x | length }}`,
  'lists in lists, as JSON': `${nested}{{ ns.x | tojson }}`,
  'a list that holds itself': '{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns.x }}',
  'macros that call themselves twice': '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}',
  'a replacement of every character': `${long}{{ ns.x | replace('a', ns.x) }}`,
  'a replacement by the function of a text': `${long}{{ ns.x.replace('a', ns.x) }}`,
  'a replacement under another name': `${long}{% set f = ns.x.replace %}{{ f('a', ns.x) }}`,
  'a replacement in a block': `${long}{% filter replace('a', ns.x) %}{{ ns.x }}{% endfilter %}`,
  'an indentation as wide as the sea': "{{ 'a\\nb' | indent(400000000, true) }}",
  'an indentation by name': "{{ 'a\\nb' | indent(width=400000000) }}",
  'JSON with a wide indentation': '{{ messages | tojson(indent=100000000) }}',
  'a list that is joined with a book': `${long}{{ range(100000) | join(ns.x) }}`,
  'a search through everything for everything': `${long}{% for i in range(1000) %}{% if ('b' + ns.x) in ns.x %}x{% endif %}{% endfor %}`,
};

describe('a hostile chat template', () => {
  it.each(Object.entries(hostile))('with %s is refused with its file and what to do', (_, jinja) => {
    const template = `${vicunaTemplate.jinja}${jinja}`;
    const before = process.cpuUsage();
    expect(() => open(template)).toThrow(
      expect.objectContaining({
        code: 'file-invalid',
        message: expect.stringMatching(
          /^chat_template\.jinja: .*more time or memory.*; remove it to caption with the family's own$/u,
        ) as string,
        details: { file: 'chat_template.jinja' },
      }) as Error,
    );
    const { user, system } = process.cpuUsage(before); // of the processor, whoever else uses it
    expect((user + system) / 1e6).toBeLessThan(30);
  });

  it('that keeps still until a certain prompt comes is refused then', () => {
    const trap = `{% if 'now' in (messages | tojson) %}${hostile['a loop of a billion'] ?? ''}{% endif %}`;
    const template = open(`${trap}${vicunaTemplate.jinja}`);
    expect(template.render({ system: null, prompt: 'Describe it.' })).toContain('Describe it.');
    expect(() => template.render({ system: null, prompt: 'Do it now.' })).toThrow(/more time or memory/u);
  });

  it('of a million characters is not even read', () => {
    expect(() => open(' '.repeat(1e6))).toThrow(/1000000 characters; 65536 are the most/u);
  });

  it('of white space, which tempts the reader to look at it again and again, is not read either', () => {
    expect(() => open(`{{ 1 }}${' '.repeat(2 ** 16 - 8)}x`)).toThrow(/white spaces in a row/u);
  });
});

describe('a template within bounds', () => {
  const texts = {
    messages: [
      { role: 'user', content: [{ type: 'image' }, { type: 'text', text: '  a\nb </think> ' }] },
      { role: 'x', content: 'Ab' },
    ],
    empty: [],
  };
  const both = (jinja: string): readonly string[] => [
    openBoundedTemplate(jinja, () => new Error('too much')).render(texts),
    new Template(jinja).render(texts),
  ];

  it.each([
    '{{ messages[1].content.replace("A", "c") }} {{ messages[1]["content"] | replace("b", "A") }} {{ "x" | replace(*["x", "y"]) }}',
    '{% filter indent(2, first=true) %}a{{ "\n" }}b{% endfilter %}|{% filter upper %}a{% endfilter %}',
    '{{ messages | tojson }} {{ messages | tojson(indent=2) }} {{ [1, 2] | join(", ") }} {{ messages | map(attribute="role") | join("-") }}',
    '{{ "a" in messages[1].content }} {{ "role" in messages[0] }} {{ 1 not in [2] }} {{ "b" in nothing }}',
    '{% set ns = namespace(n=0) %}{% for m in messages if m.role == "user" %}{% set ns.n = ns.n + loop.index %}{% endfor %}{{ ns.n }}',
    '{% for i in range(3) %}{{ i }}{% endfor %}{% for i in range(5, 1, -2) %}{{ i }}{% endfor %}{% for m in empty %}{% else %}none{% endfor %}',
    '{% macro say(x, y="z") %}{{ x }}{{ y }}{{ caller() if caller is defined }}{% endmacro %}{{ say("a") }}{% call say("b", y="c") %}d{% endcall %}',
    '{{ messages[0].content[1].text.strip().split("\n") | last }} {{ messages[1:] | length }} {{ messages[0].content[1].text.split("</think>")[0] }}',
    '{{ true and none is none }} {{ (1 + 2) * 3 }} {{ messages[1].content[::-1] }} {{ strftime_now("%Y") }} {{ {"a": 1}.items() | list | length }}',
    '{% for m in messages | selectattr("role", "equalto", "x") %}{{ m.content | trim | lower }}{% endfor %}{{ messages[0].name | default("none") }}',
  ])('is rendered as without them: %s', (jinja) => {
    const [ours, theirs] = both(jinja);
    expect(ours).toBe(theirs);
  });

  it('may be given a book', () => {
    const book = 'a picture of a cat </think> '.repeat(20_000);
    for (const { jinja } of [vicunaTemplate, chatmlTemplate]) expect(open(jinja).render({ system: book, prompt: book })).toContain(book);
  });

  it('raises what it raises', () => {
    expect(() => openBoundedTemplate('{{ raise_exception("no tools") }}', () => new Error('too much')).render({})).toThrow('no tools');
  });
});
