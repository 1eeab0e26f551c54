/** @file What is about to be trained: pictures, method, options, and what is known of the run before it starts. */

import type { TrainingCheck } from '../../../../workers/train-api.ts';
import type { MethodKind, MethodOptions, TrainOptions } from '../../../engine/train/options.ts';
import type { TimeEstimate } from '../../../engine/train/time-training.ts';
import { methodDefaults, recipeOptions, type RecipeName } from '../../../engine/train/recipes.ts';
import { mainFields, moreFields } from './train-fields.ts';
import { troubleOf, type FlagField, type TrainField } from './train-field.ts';
import { fieldsToGoOn, methodFields } from './train-method-fields.ts';
import type { StyleFile } from '../styles/style-record.ts';
import { splitItems, type SplitItems, type TrainItem } from './train-data.ts';

/** Where the pictures come from. */
export type DataChoice = 'gallery' | 'selection' | 'own';

/** A style that the form goes on from. */
export interface SetupStart extends StyleFile {
  /** What it is: 'LoRA, rank 8 …'. */
  readonly facts: string;
  readonly method: MethodOptions;
}

/** What was found out about a method on this machine. */
export interface MethodMeasure {
  readonly check: TrainingCheck;
  /** Null where it takes more memory than there is: it was not tried. */
  readonly time: TimeEstimate | null;
}

/** How far measuring is. */
export interface Measuring {
  readonly kind: MethodKind;
  /** Methods that are measured already. */
  readonly done: number;
  readonly total: number;
  /** Undefined until the first is measured. @unit ms */
  readonly leftMs: number | undefined;
  /** Whether it ends within this step. */
  readonly isStopping: boolean;
}

/** Steps that a small data set is worth; epochs follow from it. */
const wantedSteps = 120;

/** The form of the Train room. */
export class TrainSetup {
  choice = $state<DataChoice>('gallery');
  /** Pictures that were brought to this room. */
  own = $state.raw<readonly TrainItem[]>([]);
  ownName = $state('');
  name = $state('');
  recipe = $state<RecipeName>('ours');
  options = $state.raw<TrainOptions>(recipeOptions('ours', methodDefaults.lora));
  /** Undefined begins anew. */
  start = $state.raw<SetupStart | undefined>(undefined);
  /** From 0 to 0.5. */
  validationShare = $state(0.1);
  #checked = $state.raw<{ readonly check: TrainingCheck; readonly split: SplitItems; readonly options: TrainOptions } | undefined>(
    undefined,
  );
  isChecking = $state(false);
  measures = $state.raw<Partial<Readonly<Record<MethodKind, MethodMeasure>>>>({});
  measuring = $state.raw<Measuring | undefined>(undefined);
  readonly #gallery: () => readonly TrainItem[];
  readonly #selection: () => readonly TrainItem[];
  /** Options that a person set; they outlast a change of data, until another method or recipe starts them anew. */
  #own: ReadonlySet<string> = new Set();

  constructor(gallery: () => readonly TrainItem[], selection: () => readonly TrainItem[]) {
    this.#gallery = gallery;
    this.#selection = selection;
  }

  readonly #items = $derived.by(() => {
    if (this.choice === 'own') return this.own;
    return this.choice === 'selection' ? this.#selection() : this.#gallery();
  });

  readonly #split = $derived.by(() => splitItems(this.#items, this.validationShare, this.options.seed));

  /** The pictures that were chosen. */
  get items(): readonly TrainItem[] {
    return this.#items;
  }

  /** What is learned and what is looked at. */
  get split(): SplitItems {
    return this.#split;
  }

  /** The options as they will be used: few pictures are gone through more often, and scored as far as they go. */
  get effective(): TrainOptions {
    const { options } = this;
    const { pictures, validation } = this.#split;
    const stepsPerEpoch = Math.max(1, Math.ceil(pictures.length / (options.batchPictures * options.accumulate)));
    const epochs = Math.min(40, Math.max(2, Math.round(wantedSteps / stepsPerEpoch)));
    const isOwn = this.#own.has('epochs');
    const length = isOwn ? options.length : { epochs };
    const looks =
      isOwn || this.#own.has('looks') ? options.validation.timesPerEpoch : Math.max(options.validation.timesPerEpoch, 6) / epochs;
    return {
      ...options,
      length,
      validation: {
        ...options.validation,
        timesPerEpoch: looks,
        scoredPictures: Math.min(validation.length, options.validation.scoredPictures),
      },
    };
  }

  /** What is known of the run as the form stands; undefined where the form or the pictures have changed since. */
  get check(): TrainingCheck | undefined {
    const checked = this.#checked;
    return checked?.split === this.#split && checked.options === this.options ? checked.check : undefined;
  }

  /** Notes what was found out about the run as the form stands. */
  noteCheck(check: TrainingCheck): void {
    this.#checked = { check, split: this.#split, options: this.options };
  }

  /** Captions of the chosen pictures. */
  get captionCount(): number {
    return this.#items.reduce((sum, { captions }) => sum + captions.length, 0);
  }

  /** What can be set of the method. */
  get methodFields(): readonly TrainField[] {
    const { kind } = this.options.method;
    return this.start === undefined ? methodFields(kind) : fieldsToGoOn(kind);
  }

  /** What is wrong with the numbers; undefined where nothing is. */
  get trouble(): string | undefined {
    const fields: readonly TrainField[] = [...this.methodFields, ...mainFields, ...moreFields];
    return fields.map((field) => troubleOf(field, this.options)).find((text) => text !== undefined);
  }

  /** Goes on from a style, with its method and sizes, and asked as it was. */
  goOnFrom(start: SetupStart, prompt: string): void {
    this.start = start;
    this.name = start.name;
    this.measures = {};
    this.#restart(start.method, this.recipe);
    if (prompt !== '') this.ask({ ...this.options.prompt, prompt });
  }

  /** Begins anew, with the method that was chosen. */
  beginAnew(): void {
    this.start = undefined;
    this.name = '';
    this.measures = {};
    this.#restart(methodDefaults[this.options.method.kind], this.recipe);
  }

  /** Chooses what is learned, with good beginnings; the prompt stays. */
  chooseMethod(kind: MethodKind): void {
    this.#restart(methodDefaults[kind], this.recipe);
  }

  /** Starts from a recipe. */
  chooseRecipe(recipe: RecipeName): void {
    this.recipe = recipe;
    this.#restart(this.start?.method ?? methodDefaults[this.options.method.kind], recipe);
  }

  /** Changes a field. */
  change(field: Exclude<TrainField, FlagField>, value: string): void {
    this.#own = new Set([...this.#own, field.id]);
    if (field.kind !== 'number') this.options = field.set(this.options, value);
    else this.options = field.set(this.options, value.trim() === '' ? null : Number(value));
  }

  /** Turns an option on or off. */
  turn(field: FlagField, isOn: boolean): void {
    this.options = field.set(this.options, isOn);
  }

  /** Asks the model this while it learns. */
  ask(prompt: { readonly system: string; readonly prompt: string }): void {
    this.options = { ...this.options, prompt };
  }

  /** Takes pictures that were brought here. */
  takeOwn(name: string, items: readonly TrainItem[]): void {
    this.own = items;
    this.ownName = name;
    this.choice = 'own';
  }

  #restart(method: MethodOptions, recipe: RecipeName): void {
    const { prompt, seed, maxCaptionTokens } = this.options;
    this.#own = new Set();
    this.options = { ...recipeOptions(recipe, method), prompt, seed, maxCaptionTokens };
  }
}
