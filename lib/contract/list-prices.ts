/**
 * AWS's list prices in us-east-1, for Linux on ARM, in US dollars, as of November 2026. They are what a run says about its
 * own cost; other regions cost up to a third more. (AWS Fargate pricing; AWS Lambda pricing; Amazon VPC pricing, "Public
 * IPv4 Address".)
 */
export const LIST_PRICES = {
  fargateVcpuHour: 0.03238,
  fargateGbHour: 0.00356,
  publicIpHour: 0.005,
  lambdaGbSecond: 0.0000133334,
} as const;

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
