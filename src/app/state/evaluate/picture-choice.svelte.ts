/** @file Which pictures the list below the numbers shows, and how far it was read: kept while another room is looked at. */

import type { CaptionExplanation } from '../../../../workers/scores-api.ts';
import type { PictureOrder } from '../cards/order-pictures.ts';
import type { ScorePlace } from './evaluation-table.ts';

/** So many pictures are added at a time. */
const step = 12;

/** The list's choice. */
export class PictureChoice {
  /** Score, system and references where they were chosen, and a picture to show first. */
  place = $state.raw<Partial<ScorePlace>>({});
  order = $state<PictureOrder>('worst');
  count = $state(step);
  /** Why captions score as they do, by picture, of what was shown last. */
  explanations = $state.raw<ReadonlyMap<string, CaptionExplanation>>(new Map());
  /** Pictures whose explanation is unfolded. */
  opened = $state.raw<ReadonlySet<string>>(new Set());
  /** How far the room was scrolled. @unit CSS pixels */
  scrollTop = 0;

  /** Chooses another score, system or set, from the first picture on. */
  choose(place: Partial<ScorePlace>): void {
    const isOfOthers = place.systemId !== this.place.systemId || place.referencesId !== this.place.referencesId;
    if (isOfOthers) this.explanations = new Map();
    this.place = place;
    this.count = step;
  }

  /** Shows where a number or a dot leads to, its picture first and explained. */
  show(place: ScorePlace): void {
    this.choose(place);
    if (place.file !== undefined) this.open(place.file, true);
  }

  /** Turns the list round. */
  turn(order: PictureOrder): void {
    this.order = order;
    this.count = step;
  }

  /** Shows more pictures. */
  more(): void {
    this.count += step;
  }

  /** Notes that a picture's explanation was unfolded or folded. */
  open(file: string, isOpen: boolean): void {
    if (this.opened.has(file) === isOpen) return;
    const others = [...this.opened].filter((one) => one !== file);
    this.opened = new Set(isOpen ? [...others, file] : others);
  }

  /** Begins anew, as with other numbers. */
  reset(): void {
    this.choose({});
    this.order = 'worst';
    this.explanations = new Map();
    this.opened = new Set();
    this.scrollTop = 0;
  }
}
