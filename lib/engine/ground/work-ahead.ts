import type { TimeAhead } from './progress.ts';

/** What a piece of work does. What a restore learns of one piece holds for others of its kind. */
export type WorkKind = 'load' | 'key' | 'search-index' | 'reference' | 'analyze' | 'other' | 'compare';

/** A piece of a restore or drill: a chunk of rows, an index, a table to compare. */
export interface WorkPiece {
  readonly id: string;
  readonly kind: WorkKind;
  /** On the machine that the figures of docs/performance.md are from. */
  readonly expectedMs: number;
  /** Stages follow one another; the pieces of one stage share the sessions. */
  readonly stage: number;
  /** What the piece is about: a table. Steps of one table follow one another. */
  readonly about: string;
  readonly step: number;
  /** Whether it keeps other pieces of its step from running. */
  readonly alone?: boolean;
}

/** A kind's own measurements count from this much expected work on; less says little of the rest. */
const TELLING_MS = 1000;
/** A piece that has used up its time takes this much of it again: the longer it has taken, the less is known. */
const OVERDUE_SHARE = 1 / 3;

interface Running {
  readonly startedMs: number;
  /** What the server or the bytes say of it, from 0 to 1. */
  share: number | undefined;
}

/**
 * The work that lies ahead, in time: what each piece should take, corrected by what pieces of its kind have taken
 * until now. The sum is divided among the sessions, but no stage is shorter than its longest table, whose steps
 * follow one another.
 */
export class WorkAhead {
  readonly #pieces = new Map<string, WorkPiece>();
  readonly #sessions: number;
  readonly #clock: () => number;
  readonly #running = new Map<string, Running>();
  readonly #measured = new Map<WorkKind, { expectedMs: number; tookMs: number }>();
  #firstMs: number | undefined;

  constructor(pieces: readonly WorkPiece[], sessions: number, clock: () => number = () => performance.now()) {
    for (const piece of pieces) this.#pieces.set(piece.id, piece);
    this.#sessions = Math.max(1, sessions);
    this.#clock = clock;
  }

  begin(id: string): void {
    const now = this.#clock();
    this.#firstMs ??= now;
    if (this.#pieces.has(id)) this.#running.set(id, { startedMs: now, share: undefined });
  }

  /** `share`: how much of it is done, from 0 to 1. */
  reach(id: string, share: number): void {
    const running = this.#running.get(id);
    if (running) running.share = Math.max(running.share ?? 0, Math.min(1, share));
  }

  /** Ends a piece, or one that was done before, from which nothing is learnt. */
  end(id: string): void {
    const piece = this.#pieces.get(id);
    const running = this.#running.get(id);
    this.#pieces.delete(id);
    this.#running.delete(id);
    if (!piece || !running) return;
    const { expectedMs, tookMs } = this.#measured.get(piece.kind) ?? { expectedMs: 0, tookMs: 0 };
    this.#measured.set(piece.kind, {
      expectedMs: expectedMs + piece.expectedMs,
      tookMs: tookMs + this.#clock() - running.startedMs,
    });
  }

  /** What is still to be done, in milliseconds of a wall clock. */
  remainingMs(): number {
    const now = this.#clock();
    const factors = this.#factors(now);
    const stages = Map.groupBy(this.#pieces.values(), ({ stage }) => stage);
    let total = 0;
    for (const pieces of stages.values()) total += this.#stageMs(pieces, factors, now);
    return total;
  }

  /** Undefined before anything has begun: until then the figures are those of another machine. */
  timeAhead(): TimeAhead | undefined {
    if (this.#firstMs === undefined) return undefined;
    const elapsedMs = this.#clock() - this.#firstMs;
    const remainingMs = this.remainingMs();
    const whole = elapsedMs + remainingMs;
    return { remainingMs, share: whole === 0 ? 1 : elapsedMs / whole };
  }

  #stageMs(pieces: readonly WorkPiece[], factors: (kind: WorkKind) => number, now: number): number {
    const left = new Map(pieces.map((piece) => [piece, this.#leftMs(piece, factors(piece.kind), now)]));
    const sum = [...left.values()].reduce((total, ms) => total + ms, 0);
    const longest = [...Map.groupBy(pieces, ({ about }) => about).values()].map((own) => lengthOf(own, left));
    return Math.max(sum / this.#sessions, ...longest);
  }

  #leftMs({ id, expectedMs }: WorkPiece, factor: number, now: number): number {
    const running = this.#running.get(id);
    const wholeMs = expectedMs * factor;
    if (!running) return wholeMs;
    const elapsedMs = now - running.startedMs;
    if (running.share !== undefined && running.share > 0) {
      // Early on, its own speed says less than that of others.
      const trust = Math.min(1, running.share * 3);
      const whole = trust * (elapsedMs / running.share) + (1 - trust) * wholeMs;
      return whole * (1 - running.share);
    }
    return Math.max(wholeMs - elapsedMs, elapsedMs * OVERDUE_SHARE);
  }

  /** How much longer each kind takes than expected. A kind of which little is known follows the others. */
  #factors(now: number): (kind: WorkKind) => number {
    const measured = new Map([...this.#measured].map(([kind, sums]) => [kind, { ...sums }]));
    for (const [id, { startedMs, share }] of this.#running) {
      const piece = this.#pieces.get(id);
      if (!piece) continue;
      const sums = measured.get(piece.kind) ?? { expectedMs: 0, tookMs: 0 };
      const elapsedMs = now - startedMs;
      if (share !== undefined && share > 0) {
        sums.expectedMs += piece.expectedMs * share;
        sums.tookMs += elapsedMs;
        measured.set(piece.kind, sums);
      }
    }
    const all = [...measured.values()].reduce(
      (sum, one) => ({ expectedMs: sum.expectedMs + one.expectedMs, tookMs: sum.tookMs + one.tookMs }),
      { expectedMs: 0, tookMs: 0 },
    );
    const usual = (all.tookMs + TELLING_MS) / (all.expectedMs + TELLING_MS);
    return (kind) => {
      const own = measured.get(kind);
      if (!own) return usual;
      return (own.tookMs + usual * TELLING_MS) / (own.expectedMs + TELLING_MS);
    };
  }
}

/** The time that the steps of one table take at least, however many sessions there are. */
function lengthOf(pieces: readonly WorkPiece[], left: ReadonlyMap<WorkPiece, number>): number {
  let length = 0;
  for (const own of Map.groupBy(pieces, ({ step }) => step).values()) {
    let [longest, alone] = [0, 0];
    for (const piece of own) {
      const ms = left.get(piece) ?? 0;
      if (piece.alone) alone += ms;
      else longest = Math.max(longest, ms);
    }
    length += longest + alone;
  }
  return length;
}
