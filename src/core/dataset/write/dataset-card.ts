/** @file The README of a picture folder, as hubs show it. */

import type { ExportItem } from './export-item.ts';
import { textsOf } from './export-item.ts';

/** Writes a card: what is in it, and how it is loaded. */
export function writeDatasetCard(rows: readonly ExportItem[], name: string): string {
  const splits = new Map<string, number>();
  for (const { item } of rows) splits.set(item.split ?? 'train', (splits.get(item.split ?? 'train') ?? 0) + 1);
  const captioned = rows.filter((row) => textsOf(row).length > 0).length;
  const plainName = name.replaceAll(/["\\\r\n]/gu, ' ').trim();
  const table = [...splits].map(([split, count]) => `| ${split.replaceAll('|', ' ')} | ${String(count)} |`).join('\n');
  return `---
pretty_name: "${plainName}"
task_categories:
- image-to-text
- text-to-image
size_categories:
- ${sizeOf(rows.length)}
---

# ${plainName}

${String(rows.length)} pictures, ${String(captioned)} with captions. Column \`text\` has the caption${rows.some((row) => textsOf(row).length > 1) ? ', `captions` all of them' : ''}.

| split | pictures |
|---|---:|
${table}

\`\`\`python
from datasets import load_dataset

pictures = load_dataset("imagefolder", data_dir="path/to/this/folder")
\`\`\`

Say here where the pictures come from and under which licence they are.
`;
}

function sizeOf(count: number): string {
  const steps = [
    [1e3, 'n<1K'],
    [1e4, '1K<n<10K'],
    [1e5, '10K<n<100K'],
    [1e6, '100K<n<1M'],
  ] as const;
  return steps.find(([limit]) => count < limit)?.[1] ?? '1M<n<10M';
}
