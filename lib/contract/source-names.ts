/**
 * A source's name is part of the keys of its backups and of the names of its alarms, and it is a metric's
 * dimension.
 */
export const SOURCE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
