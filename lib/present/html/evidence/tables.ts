import { Html, html } from '../html.ts';

type Cell = string | Html | { readonly number: string } | { readonly time: string };
export type Cells = readonly Cell[];

/**
 * A table with a head that is repeated on each printed page. Where it is wider than the screen, it is scrolled, also by the
 * keyboard; a screen reader then says its label.
 */
export function table(label: string, head: Cells, rows: readonly Cells[], caption?: string): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table>${caption === undefined ? undefined : html`<caption>${caption}</caption>`}
<thead><tr>${head.map((one) => ofHead(one))}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((one) => ofBody(one))}</tr>\n`)}</tbody></table></div>`;
}

function ofHead(cell: Cell): Html {
  if (typeof cell === 'object' && 'number' in cell) {
    return html`<th scope="col" class="number">${cell.number}</th>`;
  }
  return html`<th scope="col">${contentOf(cell)}</th>`;
}

function ofBody(cell: Cell): Html {
  if (typeof cell === 'object' && 'number' in cell) return html`<td class="number">${cell.number}</td>`;
  if (typeof cell === 'object' && 'time' in cell) return html`<td class="time">${cell.time}</td>`;
  return html`<td>${contentOf(cell)}</td>`;
}

function contentOf(cell: Cell): string | Html {
  if (typeof cell === 'string' || cell instanceof Html) return cell;
  return 'time' in cell ? cell.time : cell.number;
}

/** `2026-11-20 02:00`, of an instant in UTC. */
export function timeOf(instant: string): string {
  return instant.slice(0, 16).replace('T', ' ');
}
