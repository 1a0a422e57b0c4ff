import { collectForStreams } from '../../lib/engine/ground/garbage-collection.ts';

// A module of its own, to be imported before all that a function loads.
collectForStreams();
