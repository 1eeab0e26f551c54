/** @file Mounts the studio. */

import { mount } from 'svelte';
import App from './App.svelte';
import { Workspace } from './state/workspace.svelte.ts';
import { openStores } from './stores.ts';
import { openStudio, startThreads } from './studio.ts';
import './style/tokens.css';
import './style/base.css';

const target = document.getElementById('app');
if (target !== null) {
  const workspace = new Workspace(openStudio(startThreads()), openStores());
  mount(App, { target, props: { workspace } });
  await workspace.start(location.hash);
  // The page is drawn first; then there is time to load the engine.
  requestAnimationFrame(() => setTimeout(() => void workspace.prepare()));
}
