/** Of triggers, rules and event triggers: when they fire, where it is not the default. */
export function enabled(column: string): string {
  return `CASE ${column} WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas' WHEN 'A' THEN 'always' END`;
}
