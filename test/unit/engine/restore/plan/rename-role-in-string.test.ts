import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteIdentifier, quoteLiteral } from '../../../../../lib/engine/ground/sql.ts';
import { renameRoleInString } from '../../../../../lib/engine/restore/plan/rename-role-in-string.ts';

const name = fc
  .array(fc.constantFrom("'", '"', '%', '\\', '\n', '$1', '$&', 'o', ' TO "', ';', '$lifeboat$'), {
    minLength: 1,
  })
  .map((parts) => parts.join(''));
const givesOwner = (role: string) =>
  `EXECUTE 'ALTER LARGE OBJECT ' || oid || ${quoteLiteral(` OWNER TO ${quoteIdentifier(role)}`)};`;

describe('a role inside a string constant', () => {
  it('is renamed, whatever it and the other are called', () => {
    fc.assert(
      fc.property(name, name, (role, other) => {
        expect(renameRoleInString(givesOwner(role), `' OWNER TO `, { [role]: other })).toBe(
          givesOwner(other),
        );
      }),
    );
  });

  it('is renamed once: two roles can change places', () => {
    const swapped = { "o'brien": 'app', app: "o'brien" };
    expect(renameRoleInString(givesOwner('app'), `' OWNER TO `, swapped)).toBe(givesOwner("o'brien"));
    expect(renameRoleInString(givesOwner("o'brien"), `' OWNER TO `, swapped)).toBe(givesOwner('app'));
  });

  it('is left alone when it only begins like one that is renamed', () => {
    expect(renameRoleInString(givesOwner('a"b'), `' OWNER TO `, { a: 'c' })).toBe(givesOwner('a"b'));
  });
});
