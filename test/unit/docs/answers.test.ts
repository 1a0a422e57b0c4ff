import { describe, expect, it } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { linkTargets, readPage } from '../../support/docs/markdown.ts';

describe('docs/faq.md', () => {
  const answers = readPage('docs/faq.md')
    .split(/^### /m)
    .slice(1)
    .map((text) => text.split(/\n\n(?:## [^\n]*\n)?/))
    .map(([question = '', ...paragraphs]) => ({ question, answer: paragraphs.join('\n').trim() }));

  it('has the questions of twenty people', () => {
    expect(answers.length).toBeGreaterThanOrEqual(20);
  });

  it.each(answers)('$question: in six lines, with the page that has the rest', ({ answer }) => {
    expect(answer.split('\n').length).toBeLessThanOrEqual(6);
    expect(linkTargets(answer).some((target) => !target.startsWith('http'))).toBe(true);
  });
});

it('docs/tutorial.md names the package that `npm pack` makes', () => {
  const named = readPage('docs/tutorial.md').match(/pg-lifeboat-\d[\w.-]*\.tgz/g) ?? [];
  expect(new Set(named)).toEqual(new Set([`${packageJson.name}-${packageJson.version}.tgz`]));
});

describe('docs/comparison.md', () => {
  const page = readPage('docs/comparison.md');
  const [text = '', sources = ''] = page.split('\n## Sources\n');

  it('says nothing of others without a source that has an address', () => {
    const listed = sources.split('\n').filter((line) => /^\d+\. /.test(line));
    expect(listed.map((line) => Number.parseInt(line, 10))).toEqual(listed.map((_, index) => index + 1));
    for (const line of listed) expect(linkTargets(line).join(' '), line).toContain('https://');
    const cited = new Set([...text.matchAll(/\[(\d+)\](?!\()/g)].map(([, number]) => Number(number)));
    expect([...cited].sort((a, b) => a - b)).toEqual(listed.map((_, index) => index + 1));
  });

  it('says of each what it does better, and what not', () => {
    const parts = text.split(/^## /m).filter((part) => /^\*\*Better:\*\*/m.test(part));
    expect(parts.length).toBeGreaterThanOrEqual(6);
    for (const part of parts) expect(part).toMatch(/^\*\*Not as good:\*\*/m);
  });
});
