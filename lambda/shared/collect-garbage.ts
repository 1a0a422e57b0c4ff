import { collectForStreams } from '../../lib/engine/ground/garbage-collection.ts';

// A module of its own, so that a function can import it before everything else.
collectForStreams();
