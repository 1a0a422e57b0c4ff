import { describe, expect, it } from 'vitest';
import { sshDestination } from '../../../../lib/engine/ssh/ssh-destination.ts';

describe('an ssh destination', () => {
  it.each([
    ['bastion', { host: 'bastion' }],
    ['ops@bastion.example.com', { host: 'bastion.example.com', user: 'ops' }],
    ['ops@10.0.0.7:2222', { host: '10.0.0.7', user: 'ops', port: 2222 }],
    ['ops@[fd00::7]:22', { host: 'fd00::7', user: 'ops', port: 22 }],
    ['ann@corp.example@bastion', { host: 'bastion', user: 'ann@corp.example' }],
    ['i-0123456789abcdef0', { host: 'i-0123456789abcdef0' }],
  ])('%s', (text, parts) => {
    expect(sshDestination(text)).toEqual({ ...parts, name: text });
  });

  it.each([
    '',
    '-oProxyCommand=touch x',
    'ops@-oProxyCommand=touch',
    '-l@bastion',
    'ops@bastion -p 22',
    'ops@$(id)',
    'ops@bastion\nHost x',
    'ops@fd00::7',
    'ops@[bastion]',
    'ops@bastion:0',
    'ops@bastion:70000',
    'ops@',
    '@bastion',
  ])('is never %j', (text) => {
    expect(() => sshDestination(text)).toThrow(expect.objectContaining({ code: 'ssh-destination-invalid' }));
  });

  it('does not repeat a URL, which may hold a password', () => {
    expect(() => sshDestination('postgres://u:s3cret@h/x')).toThrow(/^(?!.*s3cret)/s);
  });
});
