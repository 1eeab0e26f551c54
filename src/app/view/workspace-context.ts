/** @file Hands the workspace down to every view. */

import { createContext } from 'svelte';
import type { Workspace } from '../state/workspace.svelte.ts';

const [getWorkspace, setWorkspace] = createContext<Workspace>();

export { getWorkspace, setWorkspace };
