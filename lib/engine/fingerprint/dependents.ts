import { type Fingerprint, type FingerprintEntry, type ObjectName, objectKey } from './fingerprint.ts';

/**
 * All objects that exist only with an object, at any depth: columns, constraints, triggers, sequences of a
 * table.
 */
export function dependents(fingerprint: Fingerprint, object: ObjectName): FingerprintEntry[] {
  const children = childrenByParent(fingerprint.entries);
  const found: FingerprintEntry[] = [];
  const open = [objectKey(object)];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const child of children.get(key) ?? []) {
      found.push(child);
      open.push(objectKey(child));
    }
  }
  return found;
}

export function childrenByParent(
  entries: readonly FingerprintEntry[],
): ReadonlyMap<string, readonly FingerprintEntry[]> {
  const children = new Map<string, FingerprintEntry[]>();
  for (const entry of entries) {
    if (!entry.parent) continue;
    const key = objectKey(entry.parent);
    const siblings = children.get(key);
    if (siblings) siblings.push(entry);
    else children.set(key, [entry]);
  }
  return children;
}
