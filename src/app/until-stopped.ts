/** @file Waits that a wish to stop ends. */

/** Waits for work, or until a signal says that nobody wants it any more: then undefined, and what becomes of the work is nobody's concern. */
export async function untilStopped<T>(work: Promise<T>, stop: AbortSignal): Promise<T | undefined> {
  work.catch(() => undefined); // given up, it may fail unheard
  if (stop.aborted) return undefined;
  let end = (): void => undefined;
  const stopped = new Promise<undefined>((resolve) => {
    end = () => {
      resolve(undefined);
    };
  });
  stop.addEventListener('abort', end);
  try {
    return await Promise.race([work, stopped]);
  } finally {
    stop.removeEventListener('abort', end);
  }
}
