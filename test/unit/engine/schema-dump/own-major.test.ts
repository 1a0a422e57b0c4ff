import { expect, test } from 'vitest';
import { loadableByMajor } from '../../../../lib/engine/source/schema-dump/own-major.ts';

const other = "CREATE TABLE t (a text DEFAULT ', run_as_owner = true');\n";
const subscription = (options: string) =>
  `${other}CREATE SUBSCRIPTION "run_as_owner = true" CONNECTION ', run_as_owner = true' PUBLICATION p WITH (${options});\n${other}`;
const written = "connect = false, slot_name = 's', streaming = off, run_as_owner = true, two_phase = on";

test.each([
  [13, "connect = false, slot_name = 's', two_phase = on"],
  [14, "connect = false, slot_name = 's', streaming = off, two_phase = on"],
  [15, "connect = false, slot_name = 's', streaming = off, two_phase = on"],
  [16, written],
  [18, written],
])('PostgreSQL %i is given the options it knows', (major, expected) => {
  expect(loadableByMajor(subscription(written), major)).toBe(subscription(expected));
});

test('a script without subscriptions stays', () => {
  expect(loadableByMajor(other, 14)).toBe(other);
});
