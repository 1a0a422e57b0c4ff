import { InvalidArgumentError, Option } from 'commander';
import { isMemory } from '../../engine/target/server/memory-setting.ts';

export interface ServerMemoryOptions {
  readonly maintenanceWorkMem?: string;
}

export function serverMemoryOption(condition = ''): Option {
  return new Option(
    '--maintenance-work-mem <size>',
    `${condition}memory of the server for each index that it builds, such as 1GB (default: the server's own setting)`,
  ).argParser((text) => {
    if (isMemory(text)) return text;
    throw new InvalidArgumentError('Write it as PostgreSQL does: 256MB, 1GB.');
  });
}
