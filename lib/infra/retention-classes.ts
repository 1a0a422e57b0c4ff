/** The classes, each the first part of a backup's key: lifecycle rules and permissions follow it. */
export const RETENTION_CLASSES = ['daily', 'weekly', 'monthly', 'manual'] as const;
