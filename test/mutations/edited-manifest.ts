import type { SeededRandom } from '../support/seeded-random.ts';
import type { GoodBackup } from './good-backup.ts';
import type { Mutant } from './mutant.ts';

/** Edits by hand, the file being valid JSON as before and its own checksum left alone. */
export function editedJson(good: GoodBackup, count: number, random: SeededRandom): Mutant[] {
  return [good.manifestKey, good.proofKey].flatMap((key) => {
    const text = good.bytes(key).toString('utf8');
    const values = [...text.matchAll(/: (\d+|"[^"\\]+"|true|false|null),?$/gm)];
    return Array.from({ length: count }, () => {
      const { index, 0: found } = random.pick(values);
      const changed = found.replace(/: (.*?)(,?)$/, (_, value: string, comma: string) => {
        if (/^\d+$/.test(value)) return `: ${Number(value) + 1}${comma}`;
        if (value.startsWith('"')) return `: ${value.slice(0, -1)}x"${comma}`;
        return `: ${value === 'true' ? 'false' : 'true'}${comma}`;
      });
      return {
        kind: key === good.proofKey ? 'edited proof' : 'edited manifest',
        where: found.trim(),
        names: [key],
        make() {
          const copy = good.copy();
          copy.set(key, Buffer.from(text.slice(0, index) + changed + text.slice(index + found.length)));
          return copy;
        },
      };
    });
  });
}
