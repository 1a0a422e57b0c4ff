/** The first part of a backup's key. Lifecycle rules and permissions depend on it. */
export const RETENTION_CLASSES = ['daily', 'weekly', 'monthly', 'manual'] as const;
export type RetentionClass = (typeof RETENTION_CLASSES)[number];

/** The class of a scheduled backup; `manual` is for people. */
export type ScheduledClass = Exclude<RetentionClass, 'manual'>;
