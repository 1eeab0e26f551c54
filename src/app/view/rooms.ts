/** @file The rooms of the studio: the rail shows a row for each, and a new one is a row more. */

import Boxes from '@lucide/svelte/icons/boxes';
import GraduationCap from '@lucide/svelte/icons/graduation-cap';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import Images from '@lucide/svelte/icons/images';
import Palette from '@lucide/svelte/icons/palette';
import type { Component } from 'svelte';
import CaptionRoom from './caption/CaptionRoom.svelte';

/** A room with its place on the rail. */
export interface Room {
  readonly id: string;
  readonly label: string;
  readonly icon: Component<{ size?: number; strokeWidth?: number }>;
  /** What is shown: there at once, or fetched when the room is first entered. */
  readonly view: { readonly room: Component } | { readonly load: () => Promise<{ readonly default: Component }> };
}

/** All rooms, from the top of the rail. */
export const rooms: readonly Room[] = [
  { id: 'caption', label: 'Caption', icon: Images, view: { room: CaptionRoom } },
  { id: 'train', label: 'Train', icon: GraduationCap, view: { load: () => import('./train/TrainRoom.svelte') } },
  { id: 'evaluate', label: 'Evaluate', icon: ChartColumn, view: { load: () => import('./evaluate/EvaluateRoom.svelte') } },
  { id: 'styles', label: 'Styles', icon: Palette, view: { load: () => import('./styles/StylesRoom.svelte') } },
  { id: 'models', label: 'Models', icon: Boxes, view: { load: () => import('./models/ModelsRoom.svelte') } },
];

/** Fetches the rooms that are not there yet, one after another, so that entering one costs no wait; one that fails is fetched when it is entered. */
export async function fetchRooms(): Promise<void> {
  for (const { view } of rooms) if ('load' in view) await view.load().catch(() => undefined);
}
