/** @file Times changes of styles in Node. */

import { openNodeModel } from '../../src/cli/open-model.ts';
import { swapTable, timeSwaps } from './time-swaps.ts';

const model = await openNodeModel(process.argv[2]);
console.log(swapTable('Node', await timeSwaps(model)));
await model.close();
