import { testRealBackups } from '../support/real-backup.ts';

// 18 and Debian's 15: test/integration/archive/real-backup.test.ts.
testRealBackups([
  { name: '14', major: 14 },
  { name: '15', major: 15 },
  { name: '17', major: 17 },
]);
