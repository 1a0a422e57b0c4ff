import fc from 'fast-check';
import { expect, it } from 'vitest';
import { html } from '../../../../lib/present/html/html.ts';

it('escapes every value, in texts and in attributes', () => {
  const value = `<b title="a" id='b'>&amp;</b>`;
  expect(html`<p title="${value}">${value}</p>`.text).toBe(
    '<p title="&lt;b title=&quot;a&quot; id=&#39;b&#39;&gt;&amp;amp;&lt;/b&gt;">&lt;b title=&quot;a&quot; id=&#39;b&#39;&gt;&amp;amp;&lt;/b&gt;</p>',
  );
});

it('takes what it made itself as it is, lists too, and nothing for what is not there', () => {
  const items = ['<', '>'].map((one) => html`<li>${one}</li>`);
  expect(html`<ul>${items}${undefined}${false}${0}</ul>`.text).toBe('<ul><li>&lt;</li><li>&gt;</li>0</ul>');
});

it('writes out what nobody sees', () => {
  expect(html`${'a\u202eb\u0000'}`.text).toBe('a\\u202eb\\x00');
});

it('lets no text out of where it belongs', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(html`${text}`.text).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
    }),
  );
});
