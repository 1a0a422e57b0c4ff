/** A source's name is a part of every key of its backups, of names of alarms, and of the values of a metric's dimension. */
export const SOURCE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
