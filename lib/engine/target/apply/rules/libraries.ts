import { posix } from 'node:path';
import type { Rule } from './rule.ts';

/** Leaves out C functions of a shared library that the target does not have. */
export const libraries: Rule = ({ target }, { capabilities }) => {
  if (target.verb !== 'CREATE' || target.library === undefined || !capabilities.libraries) return undefined;
  const library = posix.basename(target.library).replace(/\.(so|dylib|dll)$/, '');
  return capabilities.libraries.has(library)
    ? undefined
    : { reason: `it is written in C, and the target has no library ${library}` };
};
