import { GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';

/** A third of the dashboard's width. */
export function graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new GraphWidget({ title, left, right, width: 8, height: 6 });
}
