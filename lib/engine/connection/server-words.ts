/**
 * A server's message with its SQLSTATE, which manuals and search engines know. Unchanged if it already names
 * one.
 */
export function withSqlState(words: string, sqlState: string | undefined): string {
  const said = words.replace(/\.+$/, '');
  return !sqlState || /\(SQLSTATE \w{5}\)/.test(said) ? said : `${said} (SQLSTATE ${sqlState})`;
}

/**
 * The same as a sentence. The first letter of a server's message becomes a capital. A name at the beginning
 * (`public.users: …`, `"Odd name"`) keeps its spelling.
 */
export function sentenceOf(words: string, sqlState: string | undefined): string {
  const text = withSqlState(words, sqlState);
  const startsWithWord = /^\p{Ll}+[ ,]/u.test(text);
  return `${startsWithWord ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text}.`;
}
