/** @file Mounts the studio. */

import { mount } from 'svelte';
import type { Backend } from '../../workers/api.ts';
import { findRefusal, removeUnreadable } from '../storage/refusal.ts';
import App from './App.svelte';
import { tellUnwritten, writeOnLeaving } from './leaving.ts';
import { embeddedModelFiles, keepForOffline, startOffline } from './offline.ts';
import { prepareModel } from './state/models/model-choice.ts';
import { sayRefusal } from './state/say-refusal.ts';
import { Workspace } from './state/workspace.svelte.ts';
import { openStores } from './stores.ts';
import { openStudio, startThreads } from './studio.ts';
import { isFirstTab } from './tabs.ts';
import { fetchRooms } from './view/rooms.ts';
import './style/tokens.css';
import './style/base.css';

const target = document.getElementById('app');
if (target !== null) {
  const refusal = await findRefusal();
  const workspace = new Workspace(openStudio(startThreads()), openStores());
  tellUnwritten();
  writeOnLeaving(workspace);
  mount(App, { target, props: { workspace } });
  const offline = startOffline({
    onUpdateReady: (apply) =>
      workspace.notices.say({ title: 'A new version is ready', acts: [{ label: 'Use it', run: apply }], subject: 'release' }),
  });
  const notice = sayRefusal(refusal, () => void beginAnew());
  if (notice !== undefined) workspace.notices.say(notice);
  // What is held in memory no other tab works on.
  await workspace.start(location.hash, refusal.records || (await isFirstTab()));
  // The page is drawn first; then there is time to load the engine. What passes the service worker is kept, hence the order.
  requestAnimationFrame(() => setTimeout(() => void offline.then(() => prepare(workspace))));
}

async function beginAnew(): Promise<void> {
  await removeUnreadable();
  location.reload();
}

async function prepare(workspace: Workspace): Promise<void> {
  // Where the list cannot be had, nothing is offered above the pictures; the Styles room tells why.
  await workspace.shipped.load().catch(() => undefined);
  await prepareModel(workspace);
  keepModel(workspace.model.backend);
  await fetchRooms();
}

/** Keeps the embedded model for days without a network, unless the user asks browsers to spare data. */
function keepModel(backend: Backend | undefined): void {
  const connection = (navigator as { connection?: { saveData?: boolean } }).connection;
  if (connection?.saveData !== true) keepForOffline(embeddedModelFiles(backend));
}
