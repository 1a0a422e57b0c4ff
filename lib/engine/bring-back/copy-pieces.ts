const LINE_FEED = Buffer.from('\n');
/** Rows are sent in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;

/** Lines of COPY text, each with its end, in pieces for the network. */
export async function* inPieces(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [];
  let bytes = 0;
  for await (const line of lines) {
    gathered.push(line, LINE_FEED);
    bytes += line.length + 1;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(gathered);
    gathered = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(gathered);
}
