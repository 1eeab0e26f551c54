/** @file What can be done about an error that halts the queue. */

import type { StudioErrorCode } from '../../core/error.ts';
import type { NoticeAct } from './notices.svelte.ts';

/** The ways out. */
interface WaysOut {
  readonly isOnWasm: boolean;
  readonly goOn: () => void;
  readonly allow: () => Promise<void>;
  readonly useWasm: () => Promise<void>;
}

/** Offers the ways out of an error. */
export function actsForError(code: StudioErrorCode, ways: WaysOut): readonly NoticeAct[] {
  const again: NoticeAct = { label: 'Try again', run: ways.goOn };
  switch (code) {
    case 'permission':
      return [{ label: 'Allow', run: () => void ways.allow() }];
    case 'webgpu-missing':
    case 'device-lost':
    case 'out-of-memory':
      return ways.isOnWasm ? [again] : [{ label: 'Use wasm', run: () => void ways.useWasm() }, again];
    default:
      return [again];
  }
}
