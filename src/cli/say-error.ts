/** @file How failures are told on the terminal: one line each, whatever names the files have. */

/** Tells a failure on standard error; line ends and control characters, which names may hold, are shown as escapes. */
export function sayError(message: string): void {
  process.stderr.write(`${escapeControls(message)}\n`);
}

/** Shows line ends and control characters as escapes, since a terminal would obey them. */
export function escapeControls(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (sign) => {
    const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return short[sign] ?? `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
