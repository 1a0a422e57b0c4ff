import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AnswerParts, AnswerSummary } from '../../../../../lib/engine/browse/session/server-answer.ts';
import {
  commandComplete,
  errorResponse,
  message,
  readyForQuery,
} from '../../../../../lib/engine/wire/backend-messages.ts';

const anyMessage = fc.oneof(
  fc.uint8Array({ maxLength: 400 }).map((row) => Buffer.from(message('D', row))),
  fc.uint8Array({ maxLength: 400 }).map((data) => Buffer.from(message('d', data))),
  fc.constantFrom('1', '2', '3', 'n').map((type) => Buffer.from(message(type))),
  fc.constant(Buffer.from(commandComplete('SELECT 1'))),
  fc
    .string()
    .map((text) =>
      Buffer.from(errorResponse({ severity: 'ERROR', code: '22012', message: text.replaceAll('\0', '') })),
    ),
  fc
    .constantFrom('I' as const, 'T' as const, 'E' as const)
    .map((status) => Buffer.from(readyForQuery(status))),
);

it('an answer comes out as it went in, in whole messages, however it is cut', () => {
  fc.assert(
    fc.property(fc.array(anyMessage), fc.integer({ min: 1, max: 700 }), (messages, size) => {
      const whole = Buffer.concat(messages);
      const parts = new AnswerParts();
      const summary = new AnswerSummary();
      const out: Buffer[] = [];
      for (let at = 0; at < whole.length; at += size) {
        for (const part of parts.read(whole.subarray(at, at + size))) {
          summary.note(part);
          out.push(Buffer.from(part.bytes));
        }
      }
      expect(Buffer.concat(out)).toEqual(whole);
      const typed = (types: string) => messages.filter((one) => types.includes(one.toString('latin1', 0, 1)));
      expect(summary.acknowledgements).toBe(typed('123').length);
      expect(summary.status).toBe(typed('Z').at(-1)?.toString('latin1', 5, 6));
      expect(summary.error?.get('C')).toBe(typed('E').length > 0 ? '22012' : undefined);
    }),
  );
});
