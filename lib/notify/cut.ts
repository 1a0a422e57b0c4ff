/**
 * Cuts text to a length in UTF-16 units, with `…` where something is missing. Never cuts a character in two: a lone
 * surrogate is not valid JSON text for every receiver.
 */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const kept = text.slice(0, Math.max(0, length - 1));
  return `${kept.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Cuts text to a size in bytes of UTF-8. */
export function cutBytes(text: string, bytes: number): string {
  let cutText = text;
  while (Buffer.byteLength(cutText) > bytes) {
    cutText = cut(
      cutText,
      Math.min(cutText.length - 1, Math.floor((cutText.length * bytes) / Buffer.byteLength(cutText))),
    );
  }
  return cutText;
}

/**
 * Removes what no message should hold: control characters and characters that turn the direction of the line. Names
 * of tables may hold them. Line ends stay.
 */
export function clean(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, ' ');
}
