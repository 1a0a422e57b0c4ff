import { describe, expect, it } from 'vitest';
import { pageOf } from '../../../../lib/present/terminal/page.ts';

const terminal = { isTTY: true, columns: 80, write: () => {} };
const painted = (environment: Readonly<Record<string, string>>) =>
  pageOf(terminal, environment).paint.yellow('no');

describe('colours', () => {
  it('are those that read well on white and black where the terminal has them', () => {
    expect(painted({ TERM: 'xterm-256color' })).toBe('\u001b[38;5;136mno\u001b[39m');
    expect(painted({ TERM: 'xterm', COLORTERM: 'truecolor' })).toBe('\u001b[38;5;136mno\u001b[39m');
    expect(painted({ TERM: 'vt220' })).toBe('\u001b[33mno\u001b[39m');
  });

  it('are none where nobody wants or could see them', () => {
    expect(painted({ TERM: 'xterm-256color', NO_COLOR: '1' })).toBe('no');
    expect(painted({ TERM: 'dumb', COLORTERM: 'truecolor' })).toBe('no');
    expect(pageOf({ write: () => {} }, { TERM: 'xterm-256color' }).paint.yellow('no')).toBe('no');
  });
});
