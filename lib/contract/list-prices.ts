/** When the prices below, and the plans of host-plans.ts, were read. */
export const PRICES_AS_OF = 'November 2026';

/**
 * AWS's list prices in us-east-1, on ARM where there is a choice, in US dollars and before any free tier. Other regions cost up to a
 * third more. A GB of storage has 2^30 bytes. Sources: aws.amazon.com/s3/pricing, /lambda/pricing, /fargate/pricing,
 * /cloudwatch/pricing, /kms/pricing, /secrets-manager/pricing, /vpc/pricing ("Public IPv4 Address").
 */
export const LIST_PRICES = {
  /** S3 Standard, the first 50 TB, for a GB and month. By region: see `standardGbMonth`. */
  s3StandardGbMonth: 0.023,
  s3StandardIaGbMonth: 0.0125,
  s3GlacierIrGbMonth: 0.004,
  s3GlacierIrRetrievalGb: 0.03,
  s3PutsPer1000: 0.005,
  s3GetsPer1000: 0.0004,
  s3GlacierIrGetsPer1000: 0.01,
  s3TransitionsPer1000: 0.02,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  compositeAlarmMonth: 0.5,
  dashboardMonth: 3,
  /** CloudWatch requests, such as PutMetricData. */
  metricRequestsPer1000: 0.01,
  kmsKeyMonth: 1,
  secretMonth: 0.4,
  fargateVcpuHour: 0.03238,
  fargateGbHour: 0.00356,
  publicIpHour: 0.005,
  lambdaGbSecond: 0.0000133334,
  lambdaRequestsPer1000: 0.0002,
} as const;

/** S3 Standard where it is known to cost something else. A region that is not here counts as us-east-1. */
const STANDARD_GB_MONTH: Readonly<Record<string, number>> = {
  'us-east-1': 0.023,
  'us-east-2': 0.023,
  'us-west-2': 0.023,
  'eu-west-1': 0.023,
  'eu-central-1': 0.0245,
  'ap-southeast-1': 0.025,
  'ap-northeast-1': 0.025,
};

export const STORAGE_GB = 2 ** 30;

/** For a GB and month, and the region whose price that is. */
export function standardGbMonth(region: string): { readonly dollars: number; readonly of: string } {
  const dollars = STANDARD_GB_MONTH[region];
  return dollars === undefined
    ? { dollars: LIST_PRICES.s3StandardGbMonth, of: 'us-east-1' }
    : { dollars, of: region };
}

/** Whose prices count for a region, to follow "list prices": only the storage is priced by region. */
export function pricedAs(region: string): string {
  if (region === 'us-east-1') return 'of us-east-1';
  const { of } = standardGbMonth(region);
  return of === region
    ? `of S3 Standard in ${region}, and of us-east-1 for the rest`
    : `of us-east-1, because those of ${region} are not known here`;
}

/** What these bytes cost a month at most: older ones may lie in a cheaper class. */
export function monthlyStorage(
  storedBytes: number,
  region: string,
): { readonly dollars: number; readonly of: string } {
  const { dollars, of } = standardGbMonth(region);
  return { dollars: (storedBytes / STORAGE_GB) * dollars, of };
}

/** Fargate counts from the pull of the image, which this program does not see. */
const PULL_SECONDS = 60;

export function functionCostUsd(memoryMb: number, seconds: number): number {
  return rounded((memoryMb / 1024) * seconds * LIST_PRICES.lambdaGbSecond);
}

/** With a public IPv4 address, which a task has that runs in the stack's own network. */
export function taskCostUsd(vcpu: number, memoryGb: number, seconds: number): number {
  const { fargateVcpuHour, fargateGbHour, publicIpHour } = LIST_PRICES;
  const hourly = vcpu * fargateVcpuHour + memoryGb * fargateGbHour + publicIpHour;
  return rounded((hourly * (seconds + PULL_SECONDS)) / 3600);
}

function rounded(usd: number): number {
  return Math.round(usd * 10_000) / 10_000;
}
