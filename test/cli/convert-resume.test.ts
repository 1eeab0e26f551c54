/** @file `convert` broken off and gone on with, from a folder and from a hub: the bundle is the one of a run that was left alone. */
import { readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hubCommit, hubId, startHub, type HubBehaviour, type HubHost } from '../helpers/hub-host.ts';
import { writeMadeUpCheckpoint } from '../helpers/made-up-checkpoint.ts';
import { finished, useStudio, type Moment, type Ran } from './run-studio.ts';

const studio = useStudio('convert-resume');
const place = (...parts: readonly string[]): string => join(studio.folder, ...parts);
let whole: Readonly<Record<string, string>>;
let hub: HubHost | undefined;

beforeAll(async () => {
  writeMadeUpCheckpoint(place('made-up'), 140_000); // 73 MB, ten ranges; two shards as fp16
  expect((await studio.run('convert', 'made-up', 'whole', '--quantize', 'fp16')).err).toBe('');
  whole = filesOf('whole');
}, 240_000);

afterEach(async () => {
  await hub?.close();
  hub = undefined;
});

/** The hashes of a folder's files by name. */
function filesOf(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(place(folder));
  return Object.fromEntries(
    files.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(place(folder, name)))
        .digest('hex'),
    ]),
  );
}

/** Compares all but what names the source: manifest and card. */
function expectSame(folder: string): void {
  const plain = (files: Readonly<Record<string, string>>): unknown => ({ ...files, 'manifest.json': '', 'README.md': '' });
  expect(plain(filesOf(folder))).toEqual(plain(whole));
}

/** Starts a conversion and ends it as soon as so many steps are written down. */
function breakOff(folder: string, steps: number, { args, ...how }: Broken): Promise<Ran> {
  const moment = { ...how, file: join(folder, '.unfinished/journal.json'), says: new RegExp(`"steps":${String(steps)}\\b`, 'u') };
  return studio.runUntil(moment, 'convert', ...args);
}

interface Broken extends Pick<Moment, 'signal' | 'env'> {
  readonly args: readonly string[];
}

function stepsDone(folder: string): number {
  try {
    return (JSON.parse(readFileSync(place(folder, '.unfinished/journal.json'), 'utf8')) as { steps: number }).steps;
  } catch {
    return 0;
  }
}

async function startHubHere(behaviour: Partial<HubBehaviour> = {}): Promise<HubHost> {
  hub = await startHub({ folder: place('made-up'), ...behaviour });
  return hub;
}

/** Starts of the ranges of weights that were asked for, without those of headers. */
function rangesOf({ log }: HubHost): readonly number[] {
  return log.flatMap(({ path, range }) => (path === 'model.safetensors' && range !== null && range[1] - range[0] > 1e6 ? [range[0]] : []));
}

describe('convert from a folder', () => {
  const args = (folder: string): string[] => ['made-up', folder, '--quantize', 'fp16'];

  it.each(['SIGINT', 'SIGKILL'] as const)('goes on after %s, and ends with the same bytes', async (signal) => {
    const folder = signal.toLowerCase();
    const stopped = await breakOff(folder, 3, { signal, args: args(folder) });
    if (signal === 'SIGINT')
      expect(stopped).toMatchObject({ code: 1, err: expect.stringMatching(/^stopped after \d.*the same command goes on/u) as string });
    expect(readdirSync(place(folder))).not.toContain('manifest.json');
    expect((await studio.run('bundle', 'verify', folder)).code).toBe(1);
    const before = stepsDone(folder);
    expect(before).toBeGreaterThanOrEqual(3);
    const ran = await studio.run('convert', ...args(folder));
    expect(ran).toMatchObject({ code: 0, err: `going on with the conversion that lies in ${folder}\n` });
    expectSame(folder);
    expect((await studio.run('bundle', 'verify', folder)).out).toBe(`${folder}: whole\n`);
  });

  it('writes a finished shard again that somebody cut meanwhile, and one whose part is gone', async () => {
    await breakOff('cut', 7, { signal: 'SIGKILL', args: args('cut') });
    truncateSync(place('cut/weights-000.bin'), 1000);
    rmSync(place('cut/weights-001.bin.part'), { force: true });
    expect((await studio.run('convert', ...args('cut'))).code).toBe(0);
    expectSame('cut');
  });

  it('refuses to go on with another command, another source, or notes that are damaged, and begins anew when told to', async () => {
    await breakOff('other', 2, { signal: 'SIGKILL', args: args('other') });
    const other = await studio.run('convert', 'made-up', 'other', '--quantize', 'q4');
    expect(other).toMatchObject({
      code: 2,
      err: expect.stringMatching(/unfinished conversion of .*made-up to fp16 .*--restart/u) as string,
    });
    utimesSync(place('made-up/model.safetensors'), 1, 1);
    expect(await studio.run('convert', ...args('other'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/model\.safetensors.*--restart/u) as string,
    });
    writeFileSync(place('other/.unfinished/work.json'), '{"formatVersion":');
    expect(await studio.run('convert', ...args('other'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/work\.json.*--restart/u) as string,
    });
    expect((await studio.run('convert', ...args('other'), '--restart')).code).toBe(0);
    expectSame('other');
  });
});

describe('convert from a hub', () => {
  it('gives the same bytes, goes on after Ctrl-C without a range twice, and tells the token to nobody', async () => {
    const { url } = await startHubHere({ token: 'hub_secret', licence: 'cc0-1.0' });
    const args = [`${hubId}@main`, 'from-hub', '--quantize', 'fp16', '--hub-url', url];
    const refused = await studio.run('convert', ...args);
    expect(refused).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/refuses \(401\).*gated/u) as string });
    const env = { HUB_TOKEN: 'hub_secret' };
    const stopped = await breakOff('from-hub', 4, { signal: 'SIGINT', args, env });
    expect(stopped.err).toMatch(/^stopped after [\d.]+ MB of 7\d\.\d MB; the same command goes on from here\n$/u);
    const notes = readFileSync(place('from-hub/.unfinished/work.json'), 'utf8') + stopped.err + stopped.out;
    expect(notes).toContain(hubCommit);
    expect(notes).not.toContain('hub_secret');
    const again = await finished(
      spawn(process.execPath, [studio.program, 'convert', ...args], { cwd: studio.folder, env: { ...process.env, ...env } }),
    );
    expect(again).toMatchObject({ code: 0, out: expect.stringMatching(/^from-hub: llava, fp16/u) as string });
    expectSame('from-hub');
    const ranges = rangesOf(hub as HubHost);
    expect(ranges.length).toBeGreaterThan(8);
    expect(new Set(ranges).size).toBe(ranges.length);
    expect(JSON.parse(readFileSync(place('from-hub/manifest.json'), 'utf8'))).toMatchObject({
      ...{ name: 'llava', licence: 'cc0-1.0', source: `${url}/${hubId} at ${hubCommit}` },
    });
    expect(readFileSync(place('from-hub/README.md'), 'utf8')).not.toContain('hub_secret');
  });

  it('takes an address of a checkpoint, and of a bundle as it is', async () => {
    const { url, behaviour } = await startHubHere();
    expect((await studio.run('convert', `${url}/plain/`, 'plain', '--quantize', 'fp16')).code).toBe(0);
    expectSame('plain');
    behaviour.folder = place('whole');
    expect(await studio.run('convert', `${url}/plain`, 'copied', '--quantize', 'q4')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/is a bundle already \(fp16\).*without --quantize/u) as string,
    });
    expect((await studio.run('convert', `${url}/plain`, 'copied')).code).toBe(0);
    expect(filesOf('copied')).toEqual(whole);
  });

  it.each([
    ['nowhere/llava', 1, /there is no model nowhere\/llava/u],
    [`${hubId}@other`, 1, /revision other/u],
    ['./not/here', 1, /^\.\/not\/here: there is no such folder\n$/u],
    ['a/b/c', 2, /a hub id was expected/u],
  ])('refuses %s in a sentence', async (source, code, message) => {
    const { url } = await startHubHere();
    const ran = await studio.run('convert', source, 'refused', '--hub-url', url);
    expect(ran).toMatchObject({ code, err: expect.stringMatching(message) as string });
    expect(ran.err).not.toMatch(/^\s+at /mu);
    expect(readdirSync(studio.folder)).not.toContain('refused');
  });

  it('follows to where a hub sends it, and does not take the token along', async () => {
    const { url, log } = await startHubHere();
    const seen: IncomingHttpHeaders[] = [];
    const front = createServer((request, response) => {
      seen.push(request.headers);
      const path = request.url ?? '/';
      const isFile = path.includes('/resolve/');
      const target = `${url.replace('127.0.0.1', 'localhost')}${path}`; // another origin
      if (isFile) response.writeHead(302, { Location: target }).end();
      else void fetch(`${url}${path}`).then(async (answer) => response.writeHead(answer.status).end(await answer.text()));
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${String((front.address() as AddressInfo).port)}`;
    const child = spawn(process.execPath, [studio.program, 'convert', hubId, 'led', '--quantize', 'fp16', '--hub-url', address], {
      cwd: studio.folder,
      env: { ...process.env, HUB_TOKEN: 'hub_secret' },
    });
    expect(await finished(child)).toMatchObject({ code: 0 });
    front.close();
    expectSame('led');
    expect(seen.every(({ authorization }) => authorization === 'Bearer hub_secret')).toBe(true);
    expect(log.length).toBeGreaterThan(10);
    expect(log.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  it('sends no token in the clear', async () => {
    const child = spawn(process.execPath, [studio.program, 'convert', hubId, 'clear', '--hub-url', 'http://hub.example'], {
      cwd: studio.folder,
      env: { ...process.env, HUB_TOKEN: 'hub_secret' },
    });
    const ran = await finished(child);
    expect(ran).toMatchObject({ code: 2, err: expect.stringMatching(/over https only/u) as string });
    expect(ran.err).not.toContain('hub_secret');
  });
});
