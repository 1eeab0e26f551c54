/** @file Does things in the page in the very moment in which something is seen there: what comes from outside may come when a fast engine is done already. */
import type { Page } from 'playwright-core';

/** What is waited for: an element with a text in it. */
export interface Moment {
  /** A selector of CSS. */
  readonly element: string;
  /** A pattern that its text matches; any text where it is left out. */
  readonly says?: RegExp;
}

/** What is done then: a button is pressed, the page is loaded anew, or nothing but noting that the moment was there. */
export type Deed = { readonly press: string } | 'reload' | 'note';

/**
 * Prepares the page for a moment, once; await it before what brings the moment about. What it gives resolves when the deed is done, and is
 * not to be asked where the deed is a reload.
 */
export async function inTheMoment(page: Page, { element, says = /(?:)/u }: Moment, deed: Deed): Promise<() => Promise<void>> {
  const waiting = await page.evaluateHandle(
    ({ selector, pattern, what }) => {
      const isSeen = (): boolean => {
        const words = new RegExp(pattern, 'u');
        return [...document.querySelectorAll(selector)].some(({ textContent }) => words.test(textContent));
      };
      const act = (): boolean => {
        if (what === 'reload') location.reload();
        if (typeof what === 'string') return true;
        const named = (button: HTMLButtonElement): string => button.ariaLabel ?? button.textContent.trim();
        const button = [...document.querySelectorAll('button')].find((one) => named(one) === what.press && !one.disabled);
        button?.click();
        return button !== undefined;
      };
      const done = new Promise<void>((resolve) => {
        const observer = new MutationObserver(() => {
          if (!isSeen() || !act()) return;
          observer.disconnect();
          resolve();
        });
        observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
      });
      return { done };
    },
    { selector: element, pattern: says.source, what: deed },
  );
  return () => waiting.evaluate(({ done }) => done);
}
