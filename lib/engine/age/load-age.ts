let loading: Promise<typeof import('age-encryption')> | undefined;

/** Loads the library when it is first needed: most backups are not encrypted, and it takes 30 ms. */
export function loadAge(): Promise<typeof import('age-encryption')> {
  loading ??= import('age-encryption');
  return loading;
}
