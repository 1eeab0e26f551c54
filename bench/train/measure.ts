/** @file Times training steps of one method on the embedded model in Node, and prints them as JSON. */
import { openNodeModel } from '../../src/cli/open-model.ts';
import { middleOf, timeSteps } from './time-steps.ts';

const [kind = 'prompt', repeats = '20', way = 'whole'] = process.argv.slice(2);
const model = await openNodeModel(undefined);
const processorTimes: number[] = [];
const { positions, openMs, times } = await timeSteps(model, {
  kind,
  repeats: Number(repeats),
  around: async (step) => {
    const used = process.cpuUsage();
    await step();
    const { user, system } = process.cpuUsage(used);
    processorTimes.push((user + system) / 1000);
  },
});
await model.close();
console.log(
  JSON.stringify({
    method: kind,
    way,
    positions,
    medianMs: Math.round(middleOf(times)),
    bestMs: Math.round(times[0] ?? NaN),
    processorMs: Math.round(middleOf(processorTimes.sort((a, b) => a - b))),
    openMs: Math.round(openMs),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
  }),
);
