import { describe, expect, it } from 'vitest';
import { TESTED_MINORS } from '../../../../../lib/engine/backup/tested-minors.ts';
import { judgeVersion } from '../../../../../lib/engine/doctor/checks/server-version.ts';

describe('the version of a source', () => {
  it.each(Object.entries(TESTED_MINORS))(
    'of PostgreSQL %i is told with the newest minor that was tested',
    (name, minor) => {
      const major = Number(name);
      // 19 was tested before its first release, which has the same number.
      const newest = major === 19 ? '19rc1' : `${major}.${minor}`;
      const tested = judgeVersion(major * 10_000 + minor, `${major}.${minor}`);
      expect(tested).toMatchObject({ verdict: 'ok' });
      expect(tested.what).toContain(`tested with ${newest}`);
      const newer = judgeVersion(major * 10_000 + minor + 1, `${major}.${minor + 1}`);
      expect(newer).toMatchObject({ verdict: 'warning', check: 'server-version' });
      expect(newer.what).toContain(`PostgreSQL ${major}.${minor + 1} is newer than ${newest}`);
    },
  );

  it('of a major that was not tested is no problem either', () => {
    const finding = judgeVersion(160_004, '16.4');
    expect(finding).toMatchObject({ verdict: 'warning' });
    expect(finding.what).toContain('13, 14, 15, 17, 18, 19');
  });
});
