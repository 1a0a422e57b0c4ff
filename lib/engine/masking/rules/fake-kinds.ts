/** Kinds of values that are made up. Those of the first line are different for different originals. */
export const FAKE_KINDS = [
  ...(['email', 'userName', 'url', 'uuid'] as const),
  ...(['name', 'firstName', 'lastName', 'company', 'jobTitle', 'phone'] as const),
  ...(['street', 'city', 'zip', 'state', 'country', 'ip', 'words', 'text', 'date', 'number'] as const),
] as const;
export type FakeKind = (typeof FAKE_KINDS)[number];

const DIFFERENT: ReadonlySet<FakeKind> = new Set(['email', 'userName', 'url', 'uuid']);

/** Whether different originals get different values, so that a unique column stays unique. */
export function staysDifferent(kind: FakeKind): boolean {
  return DIFFERENT.has(kind);
}
