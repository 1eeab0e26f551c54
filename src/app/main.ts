/** @file Mounts the studio. */
import { startOffline } from './offline.ts';

const title = document.createElement('h1');
title.textContent = 'Caption Studio';
document.querySelector('#app')?.append(title);
await startOffline({ onUpdateReady: (apply) => apply() });
