/** @file The thread that loads models: its own, so that captions are written while one comes in. */

import { expose } from 'comlink';
import { openModelsDesk } from './models-desk.ts';
import { installErrorWire } from './wire.ts';

installErrorWire();
expose(openModelsDesk());
