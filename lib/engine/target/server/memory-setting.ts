import { LifeboatError } from '../../ground/errors.ts';

/** PostgreSQL manual, "Setting Parameters": a number and one of its units of memory. */
const MEMORY = /^[1-9]\d{0,6}\s?(?:kB|MB|GB)$/;

/** The statement that gives a session so much memory for each index that it builds, and for each foreign key. */
export function memorySetting(maintenanceWorkMem: string): string {
  if (!isMemory(maintenanceWorkMem)) {
    throw new LifeboatError({
      code: 'maintenance-memory-invalid',
      kind: 'usage',
      what: `${JSON.stringify(maintenanceWorkMem)} is no amount of memory.`,
      remedy: 'Write it as PostgreSQL does: 256MB, 1GB.',
    });
  }
  return `SET maintenance_work_mem = '${maintenanceWorkMem}'`;
}

export function isMemory(text: string): boolean {
  return MEMORY.test(text);
}
