import type { TableToFill } from './table-to-fill.ts';

/** A value of JSON as the text that a column of PostgreSQL reads; null for NULL. */
export function valueText(value: unknown, { isJson, isArray }: TableToFill['column']): string | null {
  if (value === null || value === undefined) return null;
  if (isJson) return JSON.stringify(value);
  if (Array.isArray(value)) return isArray ? arrayText(value) : JSON.stringify(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** PostgreSQL manual, "Array Input and Output Syntax". */
function arrayText(values: readonly unknown[]): string {
  const elements = values.map((value) => {
    if (value === null || value === undefined) return 'NULL';
    if (Array.isArray(value)) return arrayText(value);
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return `"${text.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join(',')}}`;
}
