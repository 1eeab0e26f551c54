/** @file A web page of pictures with their captions as alternative texts. */

import { textOf, type ExportItem } from './export-item.ts';

/** Writes the page. Captions and names are text: nothing in them is ever markup. */
export function* writeAltTextPage(rows: readonly ExportItem[], title: string): Generator<string> {
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>
body { margin: 2rem auto; max-width: 60rem; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark }
figure { margin: 2rem 0 }
img { max-width: 100%; height: auto }
figcaption { white-space: pre-wrap }
</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
`;
  for (const row of rows) {
    const address = row.path.split('/').map(encodePart).join('/');
    const text = escapeHtml(textOf(row));
    yield `<figure><img src="${escapeHtml(address)}" alt="${text}" loading="lazy"><figcaption>${text}</figcaption></figure>\n`;
  }
  yield '</body>\n</html>\n';
}

/** Escapes a text for content and attributes; line ends are spelled out, since a parser makes all of them the same. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"'\r\n\t]/gu, (sign) => `&#${String(sign.charCodeAt(0))};`).replaceAll('\0', '\uFFFD');
}

function encodePart(part: string): string {
  return encodeURIComponent(part.replaceAll(/\p{Cs}/gu, '\uFFFD'));
}
