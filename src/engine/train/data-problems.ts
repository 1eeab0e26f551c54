/** @file What is wrong with data, told before training starts. */

import type { OpenModel } from '../model.ts';
import { encodeCaptions, hasImagePlace, learnedText } from './data/encode-captions.ts';
import type { TrainOptions } from './options.ts';
import { imagePlace } from '../text/template.ts';
import { layOutPrompt, softTokenCount } from './data/prompt-layout.ts';
import type { TrainPicture } from './request.ts';

/** One kind of problem and what it is found in. */
export interface DataProblem {
  readonly kind:
    | 'no-captions' // pictures without a caption: they cannot be learned
    | 'empty-captions' // captions without a word: they are left out
    | 'cut-captions' // captions that are longer than is learned
    | 'marked-captions' // captions with the mark of a picture's place: it is left out
    | 'same-caption-twice' // a picture that has one caption twice: it counts double
    | 'same-picture-twice' // files with the same bytes
    | 'leak' // pictures that are learned and validated with: the validation flatters
    | 'few-pictures' // so few that a style is learned by heart
    | 'memory'; // a step would hold more than there can be
  /** Whether training cannot start before it is mended. */
  readonly isFatal: boolean;
  /** What to say: how many, and what happens or is to be done. */
  readonly message: string;
  /** Pictures that it is found in. */
  readonly ids: readonly string[];
}

/** What is looked through. */
export interface CheckedData {
  readonly pictures: readonly TrainPicture[];
  readonly validation: readonly TrainPicture[];
}

/** Below this many pictures, a warning is due. */
const fewPictures = 20;

/** Lists what is wrong with data, the worst first; each picture's file is read once for its hash. */
export async function findDataProblems(model: OpenModel, options: TrainOptions, data: CheckedData): Promise<readonly DataProblem[]> {
  const { pictures, validation } = data;
  const all = [...pictures, ...validation];
  const layout = layOutPrompt(model, options, softTokenCount(model, options));
  const texts = (picture: TrainPicture): readonly string[] => picture.captions.map(learnedText);
  const having = (isWrong: (picture: TrainPicture) => boolean): readonly string[] => all.filter(isWrong).map(({ id }) => id);
  const mute = having((picture) => texts(picture).every((text) => text === ''));
  const partlyEmpty = having((picture) => texts(picture).includes('')).filter((id) => !mute.includes(id));
  const cut = having(({ captions }) => encodeCaptions(model, layout, captions, options.maxCaptionTokens).cutCount > 0);
  const marked = having(({ captions }) => captions.some(hasImagePlace));
  const repeated = having((picture) => new Set(texts(picture)).size < picture.captions.length);
  const { twins, leaks } = await findTwins(data);
  const found: readonly (DataProblem | null)[] = [
    problem('no-captions', mute, (n) => `${n} no caption; write one or take them out`, true),
    problem('leak', leaks, (n) => `${n} learned and validated with, so that the validation flatters; take them out of one of the two`),
    problem('same-picture-twice', twins, (n) => `${n} the same bytes as another one; one of them is enough`),
    problem('cut-captions', cut, (n) => `${n} a caption of more than ${String(options.maxCaptionTokens)} tokens, which is cut there`),
    problem('empty-captions', partlyEmpty, (n) => `${n} a caption without a word, which is left out`),
    problem('marked-captions', marked, (n) => `${n} ${imagePlace} in a caption, the mark of a picture's place, which is left out`),
    problem('same-caption-twice', repeated, (n) => `${n} the same caption twice, which counts double`),
    pictures.length < fewPictures
      ? {
          kind: 'few-pictures',
          isFatal: pictures.length === 0,
          message: `${pictures.length === 1 ? '1 picture is' : `${String(pictures.length)} pictures are`} few: from about ${String(fewPictures)} on a style is learned rather than the captions by heart`,
          ids: [],
        }
      : null,
  ];
  return found.filter((entry) => entry !== null);
}

function problem(
  kind: Exclude<DataProblem['kind'], 'few-pictures'>,
  ids: readonly string[],
  say: (subject: string) => string,
  isFatal = false,
): DataProblem | null {
  if (ids.length === 0) return null;
  const verb = kind === 'leak' ? (ids.length === 1 ? 'is' : 'are') : ids.length === 1 ? 'has' : 'have';
  const subject = `${String(ids.length)} ${ids.length === 1 ? 'picture' : 'pictures'} ${verb}`;
  return { kind, isFatal, message: say(subject), ids };
}

/** Finds equal files: within what is learned, and between that and the validation. */
async function findTwins({
  pictures,
  validation,
}: CheckedData): Promise<{ readonly twins: readonly string[]; readonly leaks: readonly string[] }> {
  const learned = new Set<string>();
  const ids = new Set(pictures.map(({ id }) => id));
  const twins: string[] = [];
  for (const picture of pictures) {
    const hash = await picture.contentHash();
    if (learned.has(hash)) twins.push(picture.id);
    learned.add(hash);
  }
  const leaks: string[] = [];
  for (const picture of validation) if (ids.has(picture.id) || learned.has(await picture.contentHash())) leaks.push(picture.id);
  return { twins, leaks };
}
