/** @file Keys as people write them ("Mod+K", "?", "Shift+A") matched against what was pressed. */

/** What a key press tells. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

/** Whether a press is the written key; Mod is Ctrl, or Command on a Mac. */
export function matchesKey(press: KeyPress, keys: string): boolean {
  const parts = keys.split('+');
  const name = parts.at(-1) ?? '';
  const hasMod = parts.includes('Mod');
  if (press.altKey || hasMod !== (press.ctrlKey || press.metaKey)) return false;
  // A sign such as "?" needs Shift on some keyboards and not on others.
  const isSign = name.length === 1 && !/[a-z]/i.test(name);
  if (!isSign && parts.includes('Shift') !== press.shiftKey) return false;
  return press.key.toLowerCase() === name.toLowerCase();
}

/** The keys as caps to print. */
export function sayKeys(keys: string, isMac: boolean): readonly string[] {
  return keys.split('+').map((part) => {
    if (part === 'Mod') return isMac ? '⌘' : 'Ctrl';
    if (part === 'ArrowLeft') return '←';
    if (part === 'ArrowRight') return '→';
    return part === 'Shift' && isMac ? '⇧' : part;
  });
}
