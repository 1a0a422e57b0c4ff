import { isAscii } from 'node:buffer';

/** PostgreSQL's names of server encodings (manual, "Character Set Support") and those of the WHATWG Encoding Standard. */
export const ENCODING_LABELS: Readonly<Record<string, string>> = {
  LATIN2: 'iso-8859-2',
  LATIN3: 'iso-8859-3',
  LATIN4: 'iso-8859-4',
  LATIN6: 'iso-8859-10',
  LATIN7: 'iso-8859-13',
  LATIN8: 'iso-8859-14',
  LATIN9: 'iso-8859-15',
  LATIN10: 'iso-8859-16',
  ISO_8859_5: 'iso-8859-5',
  ISO_8859_6: 'iso-8859-6',
  ISO_8859_7: 'iso-8859-7',
  ISO_8859_8: 'iso-8859-8',
  KOI8R: 'koi8-r',
  KOI8U: 'koi8-u',
  WIN866: 'ibm866',
  WIN874: 'windows-874',
  WIN1250: 'windows-1250',
  WIN1251: 'windows-1251',
  WIN1252: 'windows-1252',
  WIN1253: 'windows-1253',
  WIN1254: 'windows-1254',
  WIN1255: 'windows-1255',
  WIN1256: 'windows-1256',
  WIN1257: 'windows-1257',
  WIN1258: 'windows-1258',
  EUC_JP: 'euc-jp',
  EUC_KR: 'euc-kr',
};

/** Decodes short texts of a database in that encoding. Throws a TypeError for bytes that have no meaning in it. */
export function textDecoder(encoding: string): (bytes: Uint8Array) => string {
  // Not TextDecoder's iso-8859-1: the Encoding Standard makes that windows-1252.
  if (encoding === 'LATIN1') return (bytes) => Buffer.from(bytes).toString('latin1');
  // Texts of a catalog without an encoding are taken for UTF-8 everywhere.
  const label = encoding === 'UTF8' || encoding === 'SQL_ASCII' ? 'utf-8' : ENCODING_LABELS[encoding];
  if (label !== undefined) {
    const decoder = new TextDecoder(label, { fatal: encoding !== 'SQL_ASCII', ignoreBOM: true });
    return (bytes) => decoder.decode(bytes);
  }
  return (bytes) => {
    if (isAscii(bytes)) return Buffer.from(bytes).toString('latin1');
    throw new TypeError(`a text in ${encoding} cannot be decoded`);
  };
}
