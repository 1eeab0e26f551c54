/** @file Times a decoder in Node under each way to hold its weights: floats or blocks, initializers or inputs. */

import * as ort from 'onnxruntime-node';
import { folderFiles } from '../../src/cli/node-files.ts';
import { openNodeRuntime } from '../../src/cli/ort-node.ts';
import { encodeOnnx } from '../../src/core/codec/onnx.ts';
import { float32 } from '../../src/core/tensor/tensor.ts';
import { openBundle } from '../../src/engine/bundle/bundle.ts';
import { weightStore } from '../../src/engine/bundle/weight-store.ts';
import { openDecoder, type Decoder } from '../../src/engine/caption/decoder.ts';
import type { ComputePolicy, DeviceTensor, Runtime } from '../../src/engine/runtime.ts';
import { readModel } from '../../models/families.ts';

const promptPositions = 68;
const newTokens = 30;
const repeats = 5;

/** The Node runtime with weights fed as inputs, as sessions that share weights would have to. */
function inputsRuntime(): Runtime {
  return {
    ...openNodeRuntime(),
    createSession: async ({ graph, weights }) => {
      const fed: Record<string, DeviceTensor> = {};
      for (const { value, source } of graph.weights) {
        fed[value.name] = new ort.Tensor(value.dtype as 'float32', (await weights.read(source)) as Float32Array, value.shape.map(Number));
      }
      const session = await ort.InferenceSession.create(encodeOnnx(graph, { weights: 'inputs' }), { logSeverityLevel: 3 });
      return { run: async (feeds) => await session.run({ ...feeds, ...fed }), close: () => session.release() };
    },
  };
}

async function timeDecoder(
  runtime: Runtime,
  decoder: Decoder,
  sizes: { readonly batch: number; readonly hiddenSize: number },
): Promise<{ prefillMs: number; tokenMs: number }> {
  const { batch, hiddenSize } = sizes;
  const rows = runtime.upload(float32([1, 1, hiddenSize], new Float32Array(hiddenSize)));
  const sequences = Array.from({ length: batch }, () => Array.from({ length: promptPositions }, (_, i) => ({ token: 5 + i, row: -1 })));
  const times: { prefillMs: number; tokenMs: number }[] = [];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const startMs = performance.now();
    let { state } = await decoder.prefill(sequences, rows);
    const prefilledMs = performance.now();
    for (let i = 0; i < newTokens; i++)
      ({ state } = await decoder.advance(
        state,
        sequences.map(() => 300 + i),
      ));
    times.push({ prefillMs: (prefilledMs - startMs) / batch, tokenMs: (performance.now() - prefilledMs) / newTokens / batch });
    decoder.drop(state);
  }
  // The best of the runs is the one least disturbed by whatever else the machine does.
  return { prefillMs: Math.min(...times.map((time) => time.prefillMs)), tokenMs: Math.min(...times.map((time) => time.tokenMs)) };
}

console.log('| bundle | computed in | weights as | batch | prefill ms a picture | ms a token |\n|---|---|---|---|---|---|');
for (const folder of process.argv.slice(2)) {
  const bundle = await openBundle(folderFiles(folder));
  const config = readModel(bundle.manifest.config).decoder;
  const policies: readonly ComputePolicy[] = bundle.manifest.tensors.some(({ format }) => format.kind === 'blocks')
    ? ['float32', 'stored']
    : ['float32'];
  for (const policy of policies) {
    for (const [kind, runtime] of [
      ['initializers', openNodeRuntime()],
      ['inputs', inputsRuntime()],
    ] as const) {
      // The CPU provider cannot look rows up in 8-bit blocks that come as inputs; what fails is said.
      try {
        const decoder = await openDecoder(runtime, config, weightStore(bundle, policy));
        for (const batch of [1, 8]) {
          const { prefillMs, tokenMs } = await timeDecoder(runtime, decoder, { batch, hiddenSize: config.hiddenSize });
          console.log(
            `| ${bundle.manifest.precision} | ${policy} | ${kind} | ${String(batch)} | ${prefillMs.toFixed(1)} | ${tokenMs.toFixed(2)} |`,
          );
        }
        await decoder.close();
      } catch (error) {
        console.log(
          `| ${bundle.manifest.precision} | ${policy} | ${kind} | – | ${error instanceof Error ? error.message.slice(0, 80) : String(error)} | |`,
        );
      }
    }
  }
}
