/** @file State that outlives the view that first asks for it. */

/**
 * Makes such state. What is derived in a class belongs to the component that is being made just then, and stands still once that is gone;
 * made here it belongs to the page.
 */
export function makeLasting<T>(make: () => T): T {
  const made: T[] = [];
  $effect.root(() => {
    made.push(make());
  });
  const [state] = made;
  return state as T;
}
