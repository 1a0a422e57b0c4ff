import manifest from '../../../package.json' with { type: 'json' };

/** This Lifeboat's version, as package.json has it. */
export const LIFEBOAT_VERSION: string = manifest.version;
