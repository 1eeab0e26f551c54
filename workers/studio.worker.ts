/** @file The engine's thread: makes the engine and offers it to the screen. */

import { expose } from 'comlink';
import { makeEngine } from './engine.ts';
import { installErrorWire } from './wire.ts';

installErrorWire();
// The built worker lies in assets/, in development it is served from workers/: the page's folder is one up from either.
expose(makeEngine(new URL('../', self.location.href).href));
