/** @file Lays the styles of the chooser out while nothing else is done, so that choosing one costs no wait. */

import { largeStyleBytes, type StyleRecord } from './style-record.ts';
import type { Styles } from './styles.svelte.ts';

/** Rest before it begins: whoever opens the page and drops pictures comes first. @unit ms */
const restMs = 400;
/** Where laying out takes longer, as on large models, it is left until a style is chosen. @unit ms */
const longestMs = 1000;

/** Begins to lay styles out, one after another and the chosen one first; gives what ends that, which is heard between two styles. */
export function warmStyles(styles: Pick<Styles, 'chosen' | 'prepare'>, shown: readonly StyleRecord[]): () => void {
  let isWanted = true;
  const { chosen } = styles;
  const inTurn = [...shown].sort((a, b) => Number(b.id === chosen?.id) - Number(a.id === chosen?.id));
  const warm = async (): Promise<void> => {
    for (const style of inTurn) {
      const { fit, sizeBytes } = style.summary;
      if (fit.state === 'other' || sizeBytes > largeStyleBytes) continue;
      if (!isWanted) return;
      const startMs = performance.now();
      await styles.prepare(style);
      if (performance.now() - startMs > longestMs) return;
    }
  };
  const timer = setTimeout(() => {
    warm().catch(() => undefined); // whoever chooses the style hears of it
  }, restMs);
  return () => {
    isWanted = false;
    clearTimeout(timer);
  };
}
