import type { EnvironmentSettings } from './environment-settings.ts';

/** All environments, by name: 1 to 27 lower-case letters, digits and hyphens. Each becomes one stack. */
export type Environments = Readonly<Record<string, EnvironmentSettings>>;
