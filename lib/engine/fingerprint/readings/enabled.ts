/** When a trigger, rule or event trigger fires, if this is not the default. */
export function enabled(column: string): string {
  return `CASE ${column} WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'on replicas' WHEN 'A' THEN 'always' END`;
}
