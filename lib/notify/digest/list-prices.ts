/**
 * List prices of S3 Standard, the first 50 TB, in US dollars per GB and month (aws.amazon.com/s3/pricing). A region that
 * is not here counts as us-east-1.
 */
export const PRICES_AS_OF = 'November 2026';
const STANDARD: Readonly<Record<string, number>> = {
  'us-east-1': 0.023,
  'us-east-2': 0.023,
  'us-west-2': 0.023,
  'eu-west-1': 0.023,
  'eu-central-1': 0.0245,
  'ap-southeast-1': 0.025,
  'ap-northeast-1': 0.025,
};
const GB = 1024 ** 3;

/** What these bytes cost a month at most: older ones may lie in a cheaper class. */
export function monthlyCost(
  storedBytes: number,
  region: string,
): { readonly dollars: number; readonly of: string } {
  const price = STANDARD[region];
  const of = price === undefined ? 'us-east-1' : region;
  return { dollars: (storedBytes / GB) * (price ?? STANDARD['us-east-1'] ?? 0), of };
}
