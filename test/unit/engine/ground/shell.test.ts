import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteShell, shell, spellOutControls } from '../../../../lib/engine/ground/shell.ts';

const anything = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
const nasty = fc.array(
  fc.constantFrom("'", '"', '$', '`', '\\', '\n', '\t', ' ', '$(id)', '*', '~', '!', '-n', '%s', '#', ';'),
);

describe('a word of a shell command', () => {
  it('reaches the command as it is, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            anything,
            nasty.map((parts) => parts.join('')),
          ),
        ),
        (words) => {
          const script = `for word in ${words.map(quoteShell).join(' ')}; do printf '%s\\0' "$word"; done`;
          const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
          expect(printed).toBe(words.map((word) => `${word}\0`).join(''));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('cannot hold NUL', () => {
    expect(() => quoteShell('a\0b')).toThrow('NUL');
  });
});

describe('shell text with values in it', () => {
  it('quotes each value and leaves the rest as it is written', () => {
    expect(shell`say ${"it's"} "\${x%\\n}" \t`).toBe(`say 'it'\\''s' "\${x%\\\\n}" \\t`);
  });
});

describe('text to be shown', () => {
  it('cannot move a cursor, break a line or turn the direction of writing', () => {
    expect(spellOutControls('a\nb\x1b[2Jc\u202edé 表\u2028')).toBe(
      'a\\u{a}b\\u{1b}[2Jc\\u{202e}dé 表\\u{2028}',
    );
  });
});
