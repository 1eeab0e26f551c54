/** @file The scoring thread: its own, so that scores never wait for captions that are being written. */

import { expose } from 'comlink';
import { openMetricShelf } from './metric-data.ts';
import { openScoreDesk } from './score-desk.ts';
import { installErrorWire } from './wire.ts';

installErrorWire();
// The page names the thread after the address of the metric data, which lies beside the page, not beside this script.
expose(openScoreDesk(openMetricShelf(self.name)));
