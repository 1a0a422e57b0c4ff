/** A client's first packet. Start-up packets have no type byte (PostgreSQL manual, "Message Formats"). */
export type StartupPacket =
  | { readonly kind: 'encryption' }
  | { readonly kind: 'cancel'; readonly processId: number; readonly key: number }
  | {
      readonly kind: 'start';
      /** The minor version of protocol 3; 0 unless the client asks for a newer one. */
      readonly minorVersion: number;
      /** `user`, `database`, and settings. */
      readonly parameters: ReadonlyMap<string, string>;
    }
  /** Not a packet of protocol 3. */
  | { readonly kind: 'unknown' };

const SSL_REQUEST = 80877103;
const GSS_ENCRYPTION_REQUEST = 80877104;
const CANCEL_REQUEST = 80877102;
const PROTOCOL_MAJOR = 3;

/** Reads a complete start-up packet, its length included. */
export function readStartupPacket(packet: Buffer): StartupPacket {
  if (packet.length < 8) return { kind: 'unknown' };
  const code = packet.readInt32BE(4);
  if (code === SSL_REQUEST || code === GSS_ENCRYPTION_REQUEST) return { kind: 'encryption' };
  if (code === CANCEL_REQUEST) {
    if (packet.length !== 16) return { kind: 'unknown' };
    return { kind: 'cancel', processId: packet.readInt32BE(8), key: packet.readInt32BE(12) };
  }
  if (code >>> 16 !== PROTOCOL_MAJOR) return { kind: 'unknown' };
  return { kind: 'start', minorVersion: code & 0xffff, parameters: readParameters(packet.subarray(8)) };
}

/** Reads names and values in turn, up to an empty name. */
function readParameters(bytes: Buffer): Map<string, string> {
  const texts = bytes.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; at + 1 < texts.length; at += 2) {
    const [name = '', value = ''] = texts.slice(at, at + 2);
    if (name === '') break;
    parameters.set(name, value);
  }
  return parameters;
}
