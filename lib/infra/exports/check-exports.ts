import { type ConfiguredExport, EXPORT_FORMATS, EXPORT_KEEP_DAYS } from '../../contract/exports.ts';
import type { ExportSettings } from '../environment/shared-settings.ts';
import { checkSettingsFit } from '../functions/settings-fit.ts';
import type { Problem } from '../problem.ts';

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Reports what could not be exported or would not expire. */
export function checkExports(exports: readonly ExportSettings[]): Problem[] {
  const names = exports.map(({ name }) => name);
  return [
    ...exports.flatMap((one, index) =>
      checkExport(one).map(({ path, message }) => ({ path: ['exports', index, ...path], message })),
    ),
    ...names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [{ path: ['exports', index, 'name'], message: `${JSON.stringify(name)} is there twice` }],
    ),
    ...checkSettingsFit('exports', exports.length === 0 ? undefined : JSON.stringify(configured(exports))),
  ];
}

function checkExport({ name, tables, query, format, keepDays }: ExportSettings): Problem[] {
  const { most, usually } = EXPORT_KEEP_DAYS;
  const days = keepDays ?? usually;
  const isFormat = format === undefined || EXPORT_FORMATS.some((known) => known === format);
  const hasOne = (tables !== undefined && tables.length > 0) !== (query !== undefined && query.trim() !== '');
  return [
    ...(NAME.test(name)
      ? []
      : [
          {
            path: ['name'],
            message: `${JSON.stringify(name)} should be 1 to 63 lower-case letters, digits and hyphens`,
          },
        ]),
    ...(hasOne ? [] : [{ path: [], message: 'should have either tables or a query' }]),
    ...(isFormat
      ? []
      : [{ path: ['format'], message: `${JSON.stringify(format)} is none of ${EXPORT_FORMATS.join(', ')}` }]),
    ...(Number.isInteger(days) && days >= 1 && days <= most
      ? []
      : [{ path: ['keepDays'], message: `${days} is not a whole number of days from 1 to ${most}` }]),
  ];
}

/** With defaults in place of what is left out; of settings that were checked. */
export function configured(exports: readonly ExportSettings[]): ConfiguredExport[] {
  return exports.map(({ format = 'csv', keepDays = EXPORT_KEEP_DAYS.usually, ...same }) => ({
    ...same,
    format: format as ConfiguredExport['format'],
    keepDays,
  }));
}
