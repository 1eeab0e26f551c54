/**
 * @file Cells of tables that a spreadsheet would compute: they get an apostrophe in front when they are written, and lose it when they are
 * read. A text that has apostrophes before such a sign of its own gets one more, so that all texts come back as they were.
 *
 * @source OWASP, CSV injection
 */

/** Signs with which a formula begins, wide ones included, after any apostrophes. */
const formula = /^'*[=+\-@\t\r＝＋－＠]/u;

/** Tells whether a spreadsheet might compute a text. */
export function isFormula(text: string): boolean {
  return formula.test(text);
}

/** Puts the apostrophe in front where it is needed. */
export function withFormulaGuard(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}

/** Takes the apostrophe away again. */
export function withoutFormulaGuard(text: string): string {
  return text.startsWith("'") && isFormula(text) ? text.slice(1) : text;
}
