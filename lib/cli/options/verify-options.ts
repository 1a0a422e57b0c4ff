import type { BackupOptions } from './backup-reference.ts';
import type { IdentityOptions } from './identity-option.ts';

/** The options of `lifeboat verify`. */
export interface VerifyOptions extends BackupOptions, IdentityOptions {
  readonly requireTable?: readonly string[];
  readonly jobs?: number;
  readonly all?: boolean;
  readonly record?: boolean;
  readonly unlessReadWithin?: number;
}
