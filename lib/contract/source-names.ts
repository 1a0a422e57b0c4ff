/** A source's name is part of its backups' keys and its alarms' names, and a dimension of its metrics. */
export const SOURCE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
