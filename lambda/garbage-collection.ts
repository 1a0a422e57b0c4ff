import { collectForStreams } from '../lib/engine/garbage-collection.ts';

// A module of its own, to be imported before all that a function loads.
collectForStreams();
