import type { SourceState } from '../../../engine/health/status/status.ts';
import { Html } from '../html.ts';

/** A shape for each state, because a colour alone does not say it to everybody, nor on paper. The word stands beside it. */
const SHAPES: Readonly<Record<SourceState, string>> = {
  ok: '<circle cx="12" cy="12" r="11"/><path class="sign" d="m7 12.5 3.4 3.4 6.8-7.3"/>',
  warning:
    '<path d="M12 1.6 23.2 21a1.4 1.4 0 0 1-1.2 2H2a1.4 1.4 0 0 1-1.2-2z"/><path class="sign" d="M12 9v6m0 3.6v.1"/>',
  critical:
    '<path d="M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z"/><path class="sign" d="m8 8 8 8m0-8-8 8"/>',
  stale:
    '<rect x="1" y="1" width="22" height="22" rx="7"/><path class="sign" d="M8.8 9.2a3.2 3.2 0 1 1 4.6 3c-.9.5-1.4 1-1.4 2.1m0 3.6v.1"/>',
};

export function icon(state: SourceState): Html {
  return new Html(
    `<svg class="icon ${state}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${SHAPES[state]}</svg>`,
  );
}
