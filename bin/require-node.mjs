// The library of the package imports this first. It is plain JavaScript, and of an old kind, so that any Node can
// run it: without it an old one fails somewhere inside minified code.
import zlib from 'node:zlib';

const [major, minor] = process.versions.node.split('.').map(Number);
if (!('createZstdCompress' in zlib) || (major === 22 && minor < 18)) {
  throw new Error(
    `pg-lifeboat/engine needs Node.js 22.18 or later, but this is ${process.version}. Install Node.js 22 or 24 in its newest version (https://nodejs.org).`,
  );
}
