import { hideAgeKeys } from '../../engine/ground/hide-secrets.ts';
import type { OutputStream } from '../../present/terminal/page.ts';

/** A stream that never shows a secret key of age, in whatever message somebody's mistake has put it. */
export function keylessStream(stream: OutputStream): OutputStream {
  return {
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.columns;
    },
    write: (text) => stream.write(hideAgeKeys(text)),
  };
}
