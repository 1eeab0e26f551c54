/** @file Mounts the studio. */
import { startOffline } from './offline.ts';

document.querySelector('#app')?.append('Caption Studio');
await startOffline({ onUpdateReady: (apply) => apply() });
