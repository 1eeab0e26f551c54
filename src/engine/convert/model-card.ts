/** @file The card that goes with a converted model. */

import type { Precision } from './precision.ts';

/** What a card tells. */
export interface CardFacts {
  readonly name: string;
  readonly family: string;
  readonly source: string;
  readonly licence: string;
  readonly precision: Precision;
  /** @unit bytes */
  readonly weightBytes: number;
}

/** Writes the card as Markdown with the header that hubs read. */
export function modelCard(facts: CardFacts): string {
  return `---
license: other
library_name: caption-studio
pipeline_tag: image-to-text
---
# ${facts.name}

A model bundle for Caption Studio: family ${facts.family}, weights stored as ${facts.precision} (${(facts.weightBytes / 1e6).toFixed(1)} MB).

Converted from: ${facts.source}

Licence: ${facts.licence}
`;
}
