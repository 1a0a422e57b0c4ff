import type { Context } from '../../../lib/cli/program/context.ts';

/** Somebody at a terminal, who may leave, with what they have been shown. */
export function person(): { readonly context: Context; readonly leaving: AbortController; seen(): string } {
  const leaving = new AbortController();
  let seen = '';
  const stderr = {
    write: (text: string) => {
      seen += text;
      return true;
    },
  };
  const surroundings = { signal: leaving.signal, stderr, environment: {}, now: () => new Date() };
  const context = surroundings as unknown as Context;
  return { context, leaving, seen: () => seen };
}
