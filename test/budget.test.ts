/** @file Policy as tests: what the page may weigh, and which packages it may be made of. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

interface PackageFile {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly resolved?: string; readonly hasInstallScript?: boolean }>
  >;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}

function gzipBytes(path: string): number {
  return gzipSync(readFileSync(join(dist, path)), { level: 9 }).length;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

/** Returns a script and everything that it imports before it runs, as paths inside dist/. */
function withStaticImports(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  const text = readFileSync(join(dist, entry), 'utf8');
  for (const match of text.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)) withStaticImports(`assets/${match[1] ?? ''}`, seen);
  return seen;
}

const page = readFileSync(join(dist, 'index.html'), 'utf8');
const assets = readdirSync(join(dist, 'assets'));

describe('what the page weighs', () => {
  it('needs at most 150 kB of JavaScript, gzipped, before the engine', () => {
    const entries = Array.from(page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g), (match) => match[1] ?? '');
    expect(entries.length).toBeGreaterThan(0);
    const scripts = new Set(entries.flatMap((entry) => [...withStaticImports(entry)]));
    const bytes = [...scripts].reduce((sum, script) => sum + gzipBytes(script), 0);
    console.log(`before the engine: ${kilobytes(bytes)} gzip in ${String(scripts.size)} scripts`);
    expect(bytes).toBeLessThanOrEqual(150_000);
  });

  it('gives each thread a script of at most 300 kB, gzipped, without the runtime', () => {
    const workers = assets.filter((name) => /[.]worker-[\w-]+[.]js$/.test(name));
    for (const name of workers) {
      const bytes = gzipBytes(`assets/${name}`);
      console.log(`${name}: ${kilobytes(bytes)} gzip`);
      expect(bytes, name).toBeLessThanOrEqual(300_000);
    }
  });

  it('holds each wasm once, and none of the old WebGPU build', () => {
    const wasm = assets.filter((name) => name.endsWith('.wasm')).map((name) => name.replace(/-[\w-]{8}[.]wasm$/, ''));
    expect(new Set(wasm).size).toBe(wasm.length);
    expect(wasm.filter((name) => name.includes('jsep'))).toEqual([]);
  });

  it('starts no request of its own elsewhere and holds no inline script', () => {
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(page).toContain('http-equiv="Content-Security-Policy"');
  });

  it('ships no source map and no absolute path of the machine that built it', () => {
    expect(assets.filter((name) => name.endsWith('.map'))).toEqual([]);
    const scripts = assets.filter((name) => name.endsWith('.js'));
    expect(scripts.filter((name) => readFileSync(join(dist, 'assets', name), 'utf8').includes(root))).toEqual([]);
  });
});

/** What people run; a new name here is a decision, told in docs/adr. */
const allowed = [
  '@fontsource-variable/inter',
  '@huggingface/jinja',
  '@huggingface/tokenizers',
  '@lucide/svelte',
  'comlink',
  'commander',
  'idb-keyval',
  'onnxruntime-common',
  'onnxruntime-node',
  'onnxruntime-web',
  'sharp',
  'svelte',
  'uplot',
  'virtua',
];

describe('what it is made of', () => {
  const { dependencies, devDependencies } = readJson('package.json') as PackageFile;
  const { packages } = readJson('package-lock.json') as Lockfile;

  it('depends on the packages of the list and no others', () => {
    expect(Object.keys(dependencies).filter((name) => !allowed.includes(name))).toEqual([]);
  });

  it('pins every version exactly', () => {
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it.each(['onnxruntime-web', 'onnxruntime-common', 'onnxruntime-node', 'svelte'])('has one copy of %s', (name) => {
    expect(Object.keys(packages).filter((path) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))).toHaveLength(
      1,
    );
  });

  it('takes the parts of the runtime in one version', () => {
    expect(new Set(['onnxruntime-web', 'onnxruntime-common', 'onnxruntime-node'].map((name) => dependencies[name])).size).toBe(1);
  });

  it('runs no script of a package while installing', () => {
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
  });
});
