/** @file The switches that give a headless Chromium a WebGPU adapter: a GPU in software, or, where WEBGPU=own asks for it, the machine's own. */

/** Which GPU tests and measurements run on; every machine has the one in software, and on it all of them are alike. */
const switchesOf = {
  software: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'], // a software adapter counts as unsafe
  // Without a screen Chromium on Linux leaves Vulkan off, and with it the GPU.
  own: ['--enable-unsafe-webgpu', '--ignore-gpu-blocklist', '--enable-features=Vulkan', '--use-angle=vulkan', '--disable-vulkan-surface'],
};

/**
 * Returns the switches for the GPU that WEBGPU names, `software` where it names none.
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {string[]}
 * @throws {Error} where WEBGPU names another: running on the wrong GPU in silence would make every figure false
 */
export function webgpuSwitches(environment = process.env) {
  const named = environment.WEBGPU ?? 'software';
  if (named === 'software' || named === 'own') return switchesOf[named];
  throw new Error(`WEBGPU is "${named}"; it may be "software", a GPU in software, or "own", the GPU of this machine.`);
}
