/** @file The rooms of the studio: the rail shows a row for each, and a new one is a row more. */

import Boxes from '@lucide/svelte/icons/boxes';
import GraduationCap from '@lucide/svelte/icons/graduation-cap';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import Images from '@lucide/svelte/icons/images';
import Palette from '@lucide/svelte/icons/palette';
import type { Component } from 'svelte';
import CaptionRoom from './caption/CaptionRoom.svelte';
import EvaluateDoor from './evaluate/EvaluateDoor.svelte';
import ModelsDoor from './models/ModelsDoor.svelte';
import StylesDoor from './styles/StylesDoor.svelte';
import TrainDoor from './train/TrainDoor.svelte';

/** A room with its place on the rail. */
export interface Room {
  readonly id: string;
  readonly label: string;
  readonly icon: Component<{ size?: number; strokeWidth?: number }>;
  readonly view: Component;
}

/** All rooms, from the top of the rail. */
export const rooms: readonly Room[] = [
  { id: 'caption', label: 'Caption', icon: Images, view: CaptionRoom },
  { id: 'train', label: 'Train', icon: GraduationCap, view: TrainDoor },
  { id: 'evaluate', label: 'Evaluate', icon: ChartColumn, view: EvaluateDoor },
  { id: 'styles', label: 'Styles', icon: Palette, view: StylesDoor },
  { id: 'models', label: 'Models', icon: Boxes, view: ModelsDoor },
];
