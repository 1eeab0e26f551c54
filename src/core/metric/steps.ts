/** @file Long work in steps, so that a host can report, stop and breathe in the middle of a metric. */

/** Work that hands back control now and then and says how much of it is done, from 0 to 1. */
export type Steps<T> = Generator<number, T>;

/** Items between two steps, where an item takes far less than a millisecond. */
const usualStride = 16;

/** Does something with every item. */
export function* eachInSteps<T>(items: readonly T[], work: (item: T, index: number) => void, stride = usualStride): Steps<void> {
  for (const [index, item] of items.entries()) {
    if (index % stride === 0) yield index / items.length;
    work(item, index);
  }
}

/** Makes something of every item. @shape [N] → [N] */
export function* mapInSteps<T, R>(items: readonly T[], work: (item: T, index: number) => R): Steps<readonly R[]> {
  const made: R[] = [];
  yield* eachInSteps(items, (item, index) => void made.push(work(item, index)));
  return made;
}

/** Lets steps be those of a stretch of longer work. @param from where the stretch begins, and `to` where it ends, from 0 to 1 */
export function* asStretch<T>(steps: Steps<T>, from: number, to: number): Steps<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    yield from + (to - from) * step.value;
  }
}

/** Does all steps at once, for work that is known to be short. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
