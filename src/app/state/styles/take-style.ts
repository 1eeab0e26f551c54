/** @file Taking a style in by the hand of a person, who is told of it. */

import type { Workspace } from '../workspace.svelte.ts';
import type { StyleRecord } from './style-record.ts';

/** Takes a style in and says that it is here: what is odd about it, or how it is chosen where nothing is. */
export async function takeAndSay(
  { styles, notices }: Pick<Workspace, 'styles' | 'notices'>,
  take: () => Promise<StyleRecord>,
): Promise<void> {
  const before = styles.all;
  const { id, name, summary } = await take();
  if (before.some((style) => style.id === id)) return; // the library has said that it is known
  const { fit, unmatched } = summary;
  const homeless = unmatched.length > 0 ? `${String(unmatched.length)} keys found no place: ${unmatched.slice(0, 3).join(', ')}` : '';
  const words = [fit.reason, homeless].filter((word) => word !== '').join(' ');
  notices.say({ title: `${name} is here`, text: words === '' ? 'Choose it above the pictures, or by its number.' : words });
}
