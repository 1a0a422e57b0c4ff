/**
 * The vault's bucket has a tag for each source that nobody drills (`drill: 'off'`), so that whoever reads the vault
 * knows of which sources a sealed backup lets older ones expire. The key is this prefix and the source's name.
 */
export const UNDRILLED_TAG_PREFIX = 'lifeboat-undrilled-';
