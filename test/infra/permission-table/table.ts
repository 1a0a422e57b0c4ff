import { may, REQUESTERS } from './requesters.ts';
import { REQUESTS } from './requests.ts';

/** The tables of docs/permissions.md: who may do what, as the synthesized policies decide. */
export function permissionTables(): string {
  const head = `| | ${REQUESTERS.map(({ name }) => name).join(' | ')} |\n|---|${REQUESTERS.map(() => ':-:').join('|')}|`;
  return Object.entries(REQUESTS)
    .map(([subject, requests]) => {
      const rows = requests.map(
        (request) =>
          `| ${request.label} | ${REQUESTERS.map((who) => (may(who, request) ? 'yes' : '–')).join(' | ')} |`,
      );
      return `### ${subject}\n\n${head}\n${rows.join('\n')}\n`;
    })
    .join('\n');
}
