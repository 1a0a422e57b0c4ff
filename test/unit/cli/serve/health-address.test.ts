import { expect, it } from 'vitest';
import { healthAddress, isLoopback } from '../../../../lib/cli/serve/health-address.ts';

it.each([
  ['9971', '127.0.0.1', 9971, true],
  ['localhost:0', 'localhost', 0, true],
  ['127.1.2.3:80', '127.1.2.3', 80, true],
  ['[::1]:9971', '::1', 9971, true],
  ['0.0.0.0:9971', '0.0.0.0', 9971, false],
  ['[::]:9971', '::', 9971, false],
  ['127.evil.example:1', '127.evil.example', 1, false],
])('%s', (text, host, port, loopback) => {
  expect(healthAddress(text)).toEqual({ host, port });
  expect(isLoopback({ host, port })).toBe(loopback);
});

it.each(['', 'host', '70000', '-1', '::1:80', '[1.2.3.4]:80', 'a b:80', 'http://x:80', '1:2:3'])(
  'refuses %j',
  (text) => {
    expect(() => healthAddress(text)).toThrow('host:port');
  },
);
