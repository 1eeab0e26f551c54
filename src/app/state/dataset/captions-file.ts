/** @file Captions as text to take along: for the clipboard, and as JSON lines. */

/** What a caption's line is made from. */
export interface CaptionLine {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly report:
    | {
        readonly captions: readonly { readonly tokenCount: number }[];
        readonly timings: { readonly visionMs: number; readonly prefillMs: number; readonly decodeMs: number };
      }
    | undefined;
}

/** One line for each captioned picture: its name, a tab, its caption. */
export function toPlainLines(cards: readonly CaptionLine[]): string {
  return cards
    .filter((card) => card.text !== '')
    .map((card) => `${card.name}\t${card.text.replaceAll(/\s+/g, ' ')}`)
    .join('\n');
}

/** The rows that the command line writes too: `{"file","caption","tokens","ms"}`. @param names of the cards by their ids, for those whose own name others have, too */
export function toJsonLines(cards: readonly CaptionLine[], names: ReadonlyMap<string, string>): string {
  return cards
    .filter((card) => card.text !== '')
    .map(({ id, name, text, report }) => {
      const { visionMs = 0, prefillMs = 0, decodeMs = 0 } = report?.timings ?? {};
      const tokens = report?.captions[0]?.tokenCount ?? 0;
      const ms = { vision: round(visionMs), prefill: round(prefillMs), decode: round(decodeMs) };
      return `${JSON.stringify({ file: names.get(id) ?? name, caption: text, tokens, ms })}\n`;
    })
    .join('');
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
