/** @file The windows that lie over the page. */

/** Windows that lie over the page, one at a time. */
export type Overlay =
  | 'palette'
  | 'keys'
  | 'address'
  | 'model'
  | 'preset'
  | 'import'
  | 'filters'
  | 'clean'
  | 'export'
  | 'autosave'
  | 'look-over'
  | 'batch'
  | 'report'
  | 'bin'
  | 'tokens'
  | 'columns'
  | 'choices';
