import * as v from 'valibot';
import { instant, text } from '../../lib/engine/ground/shapes.ts';
import { scrubBatch } from '../../lib/engine/scrub/scrub-batch.ts';

/** The state machine sends these. A name of an execution is part of a key. */
export const scrubListEvent = v.object({
  execution: v.pipe(text, v.regex(/^[\w.:-]+$/, 'is no name of an execution')),
});

export const scrubCheckEvent = scrubBatch;

/** What the catchers of the state machine write. */
const failure = v.object({ Error: v.optional(v.string(), 'unknown'), Cause: v.optional(v.string(), '') });

export const scrubEndEvent = v.object({
  startedAt: instant,
  state: v.object({
    /** What scrub-list answered; absent if it failed. */
    list: v.optional(v.object({ folder: text, batches: v.number(), backups: v.number() })),
    /** Where Step Functions wrote the results; absent without batches, or if the map failed. */
    results: v.optional(v.object({ key: text })),
    failure: v.optional(failure),
  }),
});

export type ScrubEndEvent = v.InferOutput<typeof scrubEndEvent>;
