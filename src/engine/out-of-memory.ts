/** @file Telling spent memory from other failures of onnxruntime, which knows only sentences. */

/** Tells whether an error says that there was no memory left, in any of the words of onnxruntime, wasm and JavaScript. */
export function isOutOfMemory(cause: unknown): boolean {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof RangeError) return !/call stack/i.test(reason); // arrays that are too long for the machine
  return /out of memory|bad_alloc|bad allocation|allocation fail|failed to allocate|cannot allocate memory|cannot enlarge memory/i.test(
    reason,
  );
}
