/*
 * Values become data in the files that are written, whatever characters they hold. None of these formats can hold
 * every control character, so these are refused before anything is written (see ./values.ts).
 */

/** A word of a POSIX shell. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A string of TypeScript. */
export function typescriptString(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  // Both end a line in some readers of JavaScript.
  return `'${inside.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}

/** A word of a systemd unit's ExecStart, where `%` and `$` begin something (systemd.unit(5), systemd.service(5)). */
export function systemdWord(text: string): string {
  const inside = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return `"${inside.replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}

/** A value of a systemd unit that is one path or one text, without quotes. */
export function systemdValue(text: string): string {
  return text.replaceAll('%', '%%');
}

/** A command of a crontab, where `%` ends the line (crontab(5)). */
export function cronCommand(command: string): string {
  return command.replaceAll('%', '\\%');
}

/** Text of XML. */
export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A string of YAML. Without control characters, in which both differ, a string of JSON is one. */
export function yamlString(text: string): string {
  return JSON.stringify(text);
}
