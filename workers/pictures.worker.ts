/** @file The pictures' own thread: decodes and shrinks them for the cards, so that neither the screen nor the engine waits. */

import { expose } from 'comlink';
import type { PictureApi } from './api.ts';
import { checkCaptions, groupDuplicates, lookAt } from './look-over.ts';
import { makeThumbnail } from './thumbnail.ts';
import { installErrorWire } from './wire.ts';

installErrorWire();
expose({ thumbnail: makeThumbnail, checkCaptions, lookAt, groupDuplicates } satisfies PictureApi);
