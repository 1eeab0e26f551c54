/** @file Sessions whose weights are fed: one of a graph serves every set of weights that fits it, so that other weights open no other session. */

import type * as Ort from 'onnxruntime-web';

/** The open sessions of one runtime, by what makes them alike. */
export interface SharedSessions {
  /** Gives the open session of a key, or opens it. */
  take(key: string, open: () => Promise<Ort.InferenceSession>): Promise<Ort.InferenceSession>;
  /** Lets go of what `take` gave; the last to do so closes it. */
  release(key: string): Promise<void>;
}

interface OpenedSession {
  readonly session: Ort.InferenceSession;
  users: number;
}

/** Makes the keeper of a runtime, which calls it one at a time. */
export function makeSharedSessions(): SharedSessions {
  const sessions = new Map<string, OpenedSession>();
  return {
    take: async (key, open) => {
      const known = sessions.get(key);
      if (known) {
        known.users += 1;
        return known.session;
      }
      const session = await open();
      sessions.set(key, { session, users: 1 });
      return session;
    },
    release: async (key) => {
      const known = sessions.get(key);
      if (!known) return;
      known.users -= 1;
      if (known.users > 0) return;
      sessions.delete(key);
      await known.session.release();
    },
  };
}

/** Makes the key of a session from its encoded graph and from the outputs that stay on the device. */
export function sessionKey(model: Uint8Array, keepOnDevice: readonly string[]): string {
  return `${keepOnDevice.join(' ')}\n${new TextDecoder('latin1').decode(model)}`;
}
