/** @file The worked example: references and two ways of captioning the five sample photos, all written by hand for this room. */

import { samples } from '../../intake/samples.ts';

const references: Readonly<Record<string, readonly string[]>> = {
  'chelsea.jpg': [
    'A tabby cat with green eyes looks to the side.',
    'Close view of a striped cat.',
    'The face of a brown cat with long whiskers.',
  ],
  'coffee.jpg': [
    'A cup of coffee on a red saucer.',
    'An espresso in a red and white cup with a spoon.',
    'A cup and a spoon on a wooden table.',
  ],
  'astronaut.jpg': [
    'An astronaut in an orange suit smiles in front of a flag.',
    'A woman in an orange space suit with her helmet.',
    'A portrait of a woman with a model of a space shuttle behind her.',
  ],
  'rocket.jpg': [
    'A rocket stands on its launch pad at dusk.',
    'A white rocket between tall towers at night.',
    'A lit rocket before its launch.',
  ],
  'camera.jpg': [
    'A man looks through a camera on a tripod.',
    'Black and white photo of a man in a coat who is filming.',
    'A man in a dark coat with a camera on a field.',
  ],
};

const plain: Readonly<Record<string, string>> = {
  'chelsea.jpg': 'A striped cat with green eyes.',
  'coffee.jpg': 'A cup of coffee with a spoon on a wooden table.',
  'astronaut.jpg': 'A woman in an orange space suit in front of a flag.',
  'rocket.jpg': 'A rocket on its launch pad at night.',
  'camera.jpg': 'A man in a coat looks through a camera.',
};

const detailed: Readonly<Record<string, string>> = {
  'chelsea.jpg': 'The image shows a cute cat lying on a couch. The cat has green eyes and long whiskers and seems to look for its owner.',
  'coffee.jpg':
    'The image shows a cup of coffee on a saucer. Beside the cup there is a spoon, and a slice of cake can be seen on the table.',
  'astronaut.jpg':
    'The image shows an astronaut in an orange suit. She smiles at the camera, and a flag and a space shuttle are behind her.',
  'rocket.jpg': 'The image shows a tall rocket at night. Several people and a truck are near the launch pad and wait for the start.',
  'camera.jpg': 'The image shows a man who takes a picture with a camera on a tripod. A dog plays on the grass behind him.',
};

/** The example's files, as if they had been chosen: two systems and a set of references. */
export function exampleFiles(): { readonly systems: readonly File[]; readonly references: readonly File[] } {
  return {
    systems: [toFile('plain-sentences.json', plain), toFile('detailed-answers.json', detailed)],
    references: [toFile('sample-references.json', references)],
  };
}

function toFile(name: string, captions: Readonly<Record<string, unknown>>): File {
  const byFile = Object.fromEntries(samples.map((sample) => [sample.name, captions[sample.name]]));
  return new File([JSON.stringify(byFile, null, 2)], name, { type: 'application/json' });
}
