import manifest from '../../../package.json' with { type: 'json' };

/** The version of this Lifeboat, from package.json. */
export const LIFEBOAT_VERSION: string = manifest.version;
