/** @file Applies operations to pictures: gives what would change, for a preview, for undo and for writing. */

import type { ContentChange } from '../edit/history.ts';
import { sameContent } from '../edit/same-content.ts';
import type { Author, DatasetItem } from '../item.ts';
import { makeCleaner, type CleanContext } from './clean-caption.ts';
import { sayOperation, type CaptionOperation, type CleanOperation, type TagOperation } from './operation.ts';

/**
 * Lists the changes that operations make; pictures that stay as they are are not in it. A caption that is emptied goes.
 *
 * @throws {StudioError} 'argument-invalid' as {@link makeCleaner} does
 */
export function planCleaning(
  items: readonly DatasetItem[],
  operations: readonly CleanOperation[],
  context: CleanContext = {},
): readonly ContentChange[] {
  const captionOperations = operations.filter(isCaptionOperation);
  const clean = makeCleaner(captionOperations, context);
  const cleanTags = makeTagCleaner(operations.filter((operation) => !isCaptionOperation(operation)));
  const author: Author = { kind: 'rule', rule: operations.map(sayOperation).join('; ') };
  return items.flatMap((item) => {
    const captions = item.captions.flatMap((caption) => {
      const text = clean(caption.text);
      if (text === caption.text) return [caption];
      return text.trim() === '' ? [] : [{ text, author }];
    });
    // A trigger word stands for itself where there is no caption yet.
    const started = captions.length === 0 && item.captions.length === 0 ? clean('') : '';
    const before = { captions: item.captions, tags: item.tags };
    const after = { captions: started === '' ? captions : [{ text: started, author }], tags: cleanTags(item.tags) };
    return sameContent(before, after) ? [] : [{ path: item.path, before, after }];
  });
}

function isCaptionOperation(operation: CleanOperation): operation is CaptionOperation {
  return !operation.kind.startsWith('tag-');
}

function makeTagCleaner(operations: readonly CleanOperation[]): (tags: readonly string[]) => readonly string[] {
  const steps = operations as readonly TagOperation[];
  return (tags) => (steps.length === 0 ? tags : [...new Set(steps.reduce<readonly string[]>(cleanTags, tags))]);
}

function cleanTags(tags: readonly string[], operation: TagOperation): readonly string[] {
  switch (operation.kind) {
    case 'tag-spaces':
      return tags.map((tag) => (/^[^\p{L}]*$/u.test(tag) ? tag : tag.replaceAll('_', ' '))); // ^_^ is a face
    case 'tag-sort':
      return tags.toSorted((a, b) => a.localeCompare(b, 'en'));
    case 'tag-rename':
      return tags.flatMap((tag) => {
        if (tag.toLowerCase() !== operation.from.toLowerCase()) return [tag];
        return operation.to === '' ? [] : [operation.to];
      });
    case 'tag-add':
      return tags.includes(operation.tag) ? tags : [...tags, operation.tag];
    default:
      return operation satisfies never;
  }
}
