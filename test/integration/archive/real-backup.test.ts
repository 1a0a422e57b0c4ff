import { debianBinaries } from '../../support/postgres-server.ts';
import { testRealBackups } from '../../support/real-backup.ts';

const debian = debianBinaries();

// The other majors: test/handover/real-backup.test.ts.
testRealBackups([
  { name: '18', major: 18 },
  debian ? { name: "15, Debian's own", major: 15, binDirectory: debian } : { name: '15', major: 15 },
]);
