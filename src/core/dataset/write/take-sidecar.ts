/** @file What a picture says once a text beside it, which something else has changed, is taken in: the way back of how such texts are written. */

import type { ItemContent } from '../item.ts';
import { distinct, readTags } from '../read/dataset-row.ts';
import type { SidecarText, SidecarWriting } from './sidecars.ts';

/** A text beside a picture as it is now. */
export interface ChangedText {
  /** Its path, which becomes the author of what it says. */
  readonly file: string;
  readonly text: string;
  /** How such texts are written. */
  readonly writing: Pick<SidecarWriting, 'ending' | 'says' | 'tagEnding'>;
}

/** Gives a picture's content with what the text says in place of what it stood for; writing it again gives the same text. */
export function takeSidecar({ file, text, writing }: ChangedText, content: ItemContent): ItemContent {
  const isTags = writing.tagEnding !== null && !file.endsWith(writing.ending) && file.endsWith(writing.tagEnding);
  const says: SidecarText = isTags ? 'tags' : writing.says;
  const whole = text.replace(/\r?\n$/u, ''); // its last line end is the file's
  const withCaptions = (captions: readonly string[], tags = content.tags): ItemContent => ({
    captions: captions.map((one) => ({ text: one, author: { kind: 'file', file } })),
    tags,
  });
  const withFirst = (caption: string, tags = content.tags): ItemContent => ({
    captions: [
      ...(caption.trim() === '' ? [] : withCaptions([caption]).captions),
      ...content.captions.slice(1).filter((one) => one.text !== caption),
    ],
    tags,
  });
  const list = content.tags.join(', ');
  switch (says) {
    case 'tags':
      return { ...content, tags: distinct(readTags(whole.replaceAll(/\r?\n/gu, ','))) };
    case 'captions':
      return withCaptions(distinct(whole.split(/\r?\n/u).filter((line) => line.trim() !== '')));
    case 'caption':
      return withFirst(whole);
    case 'caption, tags':
      return list !== '' && whole.endsWith(`, ${list}`) ? withFirst(whole.slice(0, -list.length - 2)) : withFirst(whole, []);
    case 'tags, caption':
      return list !== '' && whole.startsWith(`${list}, `) ? withFirst(whole.slice(list.length + 2)) : withFirst(whole, []);
    default:
      return says satisfies never;
  }
}
