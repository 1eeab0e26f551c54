/** @file What a hub may answer instead of files, told in words; and its token, which goes nowhere else. */
import { describe, expect, it } from 'vitest';
import { memoryFiles } from '../../../src/engine/bundle/memory-files.ts';
import { emptyJournal } from '../../../src/engine/convert/run-plan.ts';
import { openHub } from '../../../src/engine/load/hub.ts';
import { beginLoad, continueLoad } from '../../../src/engine/load/load.ts';
import { remoteFiles } from '../../../src/engine/load/remote-files.ts';
import { openSource } from '../../../src/engine/load/survey.ts';
import { hubCommit, hubId } from '../../helpers/hub-host.ts';

import { facts, openOnHub, useLoadStage } from './load-stage.ts';

const stage = useLoadStage();

describe('a hub', () => {
  it('notices a file that changed on the way', async () => {
    const files = await openOnHub(stage);
    const kept = memoryFiles('kept');
    const work = await beginLoad(await openSource(files), kept.sink, facts);
    stage.hub.behaviour.release = 'second';
    await expect(continueLoad(files, work, kept.sink, { journal: emptyJournal, events: {} })).rejects.toMatchObject({
      code: 'source-changed',
      message: expect.stringContaining('changed since it was begun') as string,
    });
  });

  it.each([
    [401, 'permission', /accept its terms/],
    [403, 'permission', /private or gated/],
    [404, 'file-missing', /model-00001/],
    [416, 'source-changed', /changed/],
    [500, 'network', /answered 500/],
  ])('tells %i in words', async (status, code, message) => {
    stage.hub.behaviour.refuse = Array.from({ length: 20 }, () => status);
    const error: unknown = await openOnHub(stage)
      .then(openSource)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('refuses a server without ranges and says what to do', async () => {
    stage.hub.behaviour.ignoresRanges = true;
    await expect(openOnHub(stage).then(openSource)).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('choose that one') as string,
    });
  });

  it('sends the token to a gated model, and tells who has none', async () => {
    stage.hub.behaviour.token = 'hf_secret';
    await expect(openOnHub(stage)).rejects.toMatchObject({ code: 'permission' });
    const model = await openHub(stage.http, { host: stage.hub.url, id: hubId, revision: 'main' }, 'hf_secret');
    expect(model.commit).toBe(hubCommit);
    await openSource(remoteFiles(stage.http, model.folder));
    expect(stage.hub.log.at(-1)?.authorization).toBe('Bearer hf_secret');
  });

  it('never hands the token to what it writes down', async () => {
    stage.hub.behaviour.token = 'hf_secret';
    const model = await openHub(stage.http, { host: stage.hub.url, id: hubId, revision: 'main' }, 'hf_secret');
    const kept = memoryFiles('kept');
    const work = await beginLoad(await openSource(remoteFiles(stage.http, model.folder)), kept.sink, facts);
    expect(JSON.stringify(work)).not.toContain('hf_secret');
  });
});
