/** @file The part of a data set that a folder's name tells of. @source Hugging Face datasets 4, data_files.py: keywords of splits */

const keywords: Readonly<Record<string, string>> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
  eval: 'test',
  evaluation: 'test',
};

/** Gives the part that a picture's folders name, the outermost that does, or null. */
export function splitOfPath(path: string): string | null {
  const folders = path.split('/').slice(0, -1);
  return folders.map((folder) => splitNamed(folder)).find((split) => split !== null) ?? null;
}

/** Gives the common name of a part, or null for a word that is none. */
export function splitNamed(name: string): string | null {
  const key = name.toLowerCase();
  return Object.hasOwn(keywords, key) ? (keywords[key] ?? null) : null;
}
