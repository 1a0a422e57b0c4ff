/**
 * Decodes the names of a listing that was asked for with EncodingType `url`. A server that does not support the
 * encoding omits EncodingType from its answer, and sends names unencoded.
 */
export function decoderOf(page: { readonly EncodingType?: string | undefined }): (text: string) => string {
  if (page.EncodingType !== 'url') return (text) => text;
  return (text) => decodeURIComponent(text.replaceAll('+', ' '));
}
