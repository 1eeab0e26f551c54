/** @file Taking a style in by the hand of a person, who is told of it. */

import type { AdapterSource } from '../../../../workers/adapters-api.ts';
import { codeOf } from '../plain-error.ts';
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

/** Takes several in, one after another: one that is broken keeps none of the others out, one that is stopped those behind it. */
export async function takeEach(users: Pick<Workspace, 'styles' | 'notices'>, sources: readonly AdapterSource[]): Promise<void> {
  for (const source of sources) {
    try {
      await takeAndSay(users, () => users.styles.import(source));
    } catch (error) {
      if (codeOf(error) === 'cancelled') return;
      users.notices.tell(error);
    }
  }
}
