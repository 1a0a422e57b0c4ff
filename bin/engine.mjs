// The library `pg-lifeboat/engine` of the package.
import './require-node.mjs';

export * from '../dist/engine/app/index.mjs';
