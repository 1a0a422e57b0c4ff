/** What a server said, with the code that manuals and search engines know. Words that name a code already are left as they are. */
export function withSqlState(words: string, sqlState: string | undefined): string {
  const said = words.replace(/\.+$/, '');
  return !sqlState || /\(SQLSTATE \w{5}\)/.test(said) ? said : `${said} (SQLSTATE ${sqlState})`;
}

/**
 * The same as a sentence. A server's message begins with a small letter, which becomes a capital one; a name at the beginning
 * (`public.users: …`, `"Odd name"`) is left as it is spelled.
 */
export function sentenceOf(words: string, sqlState: string | undefined): string {
  const text = withSqlState(words, sqlState);
  const startsWithWord = /^\p{Ll}+[ ,]/u.test(text);
  return `${startsWithWord ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text}.`;
}
