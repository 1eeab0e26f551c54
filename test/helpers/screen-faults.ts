/** @file What is wrong with what is on the screen: what axe finds, in light and in dark, and what runs off the edge. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** Finds faults by every rule in light, and by those of colour in dark, since nothing else changes with the scheme; leaves the page dark. */
export async function faultsOf(page: Page): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await barriersIn(page);
  const cut = await cutOff(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await waitUntilStill(page);
  const dark = await analyze(new AxeBuilder({ page }).withRules(['color-contrast', 'link-in-text-block']));
  return [...light, ...cut, ...dark.map((fault) => `in dark, ${fault}`)];
}

/** Finds what axe calls a barrier in the page as it is, once nothing moves in it any more. */
export async function barriersIn(page: Page): Promise<readonly string[]> {
  await waitUntilStill(page);
  return analyze(new AxeBuilder({ page }));
}

async function analyze(axe: AxeBuilder): Promise<readonly string[]> {
  const { violations } = await axe.analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

/** What fades in has less contrast until it is there; what blinks for ever is not waited for. */
function waitUntilStill(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const nextFrame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
    const isOnTheWay = ({ effect, playState }: Animation): boolean =>
      playState === 'running' && effect?.getComputedTiming().endTime !== Infinity;
    await nextFrame();
    await nextFrame();
    const ends = document
      .getAnimations()
      .filter(isOnTheWay)
      .map(({ finished }) => finished);
    await Promise.race([Promise.allSettled(ends), new Promise((resolve) => setTimeout(resolve, 2000))]);
  });
}

/** The page itself never scrolls sideways, so what is too wide would be cut off instead. */
function cutOff(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const isReached = (element: Element): boolean => {
      for (let at = element.parentElement; at !== null; at = at.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(at).overflowX) && at.scrollWidth > at.clientWidth) return true;
      }
      return false;
    };
    return [...document.querySelectorAll('button, a, input, select, textarea, img, h1, h2, h3, p')]
      .filter((element) => {
        const { right, left, width, height } = element.getBoundingClientRect();
        return width > 1 && height > 1 && (right > innerWidth + 1 || left < -1) && !isReached(element) && element.checkVisibility();
      })
      .map(
        (element) =>
          `runs off the edge: ${element.tagName.toLowerCase()} ${element.getAttribute('aria-label') ?? element.textContent.trim()}`,
      );
  });
}
