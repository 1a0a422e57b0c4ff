/**
 * The header of a health endpoint's secret: `x-…`. Others mean something to function URLs or to monitors, such as Authorization
 * and Host, and `x-amz…` is AWS's own.
 */
export const HEADER_NAME = /^[xX]-(?![aA][mM][zZ])[A-Za-z0-9-]{1,60}$/;

export const HEADER_WORDS =
  'should be a header such as x-lifeboat-token: x- and letters, digits or hyphens, but not x-amz';
