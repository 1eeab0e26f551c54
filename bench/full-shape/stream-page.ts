/** @file The page of the streaming bench: hands orders to the worker, and what the worker tells to the bench. */

declare global {
  interface Window {
    /** Given by the bench: hears what the worker tells. */
    tell(news: unknown): void;
    /** Called by the bench. */
    order(
      order:
        | { readonly kind: 'fill'; readonly address: string }
        | { readonly kind: 'open'; readonly tokens: number; readonly picture: string },
    ): void;
  }
}

const worker = new Worker(new URL('./worker/stream.worker.ts', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => {
  window.tell(data);
};
window.order = (order) => {
  worker.postMessage(order);
};
