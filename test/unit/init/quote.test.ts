import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cronCommand,
  shellWord,
  systemdWord,
  typescriptString,
  xmlText,
  yamlString,
} from '../../../lib/init/quote.ts';
import { checkWritable } from '../../../lib/init/values.ts';

const HOSTILE = `a'b"c\\d$e\`id\`$(id) %h %% \${x} <k>&amp; #é'\\''`;
const writable = fc.string({ unit: 'grapheme' }).filter((text) => checkWritable(text) === undefined);

describe('a hostile value', () => {
  it('is one word of a shell', () => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(HOSTILE)}`], { encoding: 'utf8' })).toBe(HOSTILE);
  });

  it('is one string of TypeScript', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(new Function(`return ${typescriptString(text)}`)()).toBe(text);
      }),
      { examples: [[HOSTILE], ['\u2028\u2029\n']] },
    );
  });

  it('is one string of YAML, which JSON is', () => {
    fc.assert(
      fc.property(writable, (text) => {
        expect(JSON.parse(yamlString(text))).toBe(text);
      }),
    );
  });

  it('begins nothing in a unit, a crontab or XML', () => {
    expect(systemdWord('/a b/100%/$HOME/"\\')).toBe('"/a b/100%%/$$HOME/\\"\\\\"');
    expect(cronCommand("'/100%/x'")).toBe("'/100\\%/x'");
    expect(xmlText('<a>&</a>')).toBe('&lt;a&gt;&amp;&lt;/a&gt;');
  });
});
