import { expect, it } from 'vitest';
import { sshArguments } from '../../../../lib/engine/ssh/ssh-arguments.ts';
import { sshDestination } from '../../../../lib/engine/ssh/ssh-destination.ts';

const request = {
  destination: sshDestination('ops@bastion:2222'),
  socketPath: '/tmp/x/db',
  host: 'db.internal',
  port: 5432,
  mayAsk: false,
};
const forward = (host: string) =>
  sshArguments({ ...request, host }).at(sshArguments(request).indexOf('-L') + 1);

it('forwards to where the bastion finds the database, and logs in to the host, last and no option', () => {
  expect(sshArguments(request).slice(-6)).toEqual(['-p', '2222', '-l', 'ops', '--', 'bastion']);
  expect(forward('db.internal')).toBe('/tmp/x/db:db.internal:5432');
  expect(forward('fd00::7')).toBe('/tmp/x/db:[fd00::7]:5432');
  expect(forward('/var/run/postgresql')).toBe('/tmp/x/db:/var/run/postgresql/.s.PGSQL.5432');
});

it('asks nobody where there is no terminal', () => {
  expect(sshArguments(request)).toContain('BatchMode=yes');
  expect(sshArguments({ ...request, mayAsk: true })).not.toContain('BatchMode=yes');
});

it.each(['db:1:evil', '-oX', 'a b', '/tmp/a:b', '$HOME'])('refuses the host %j', (host) => {
  expect(() => forward(host)).toThrow(expect.objectContaining({ code: 'source-ssh-host-unsuitable' }));
});
