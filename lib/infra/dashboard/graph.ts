import { type IResolveContext, Lazy } from 'aws-cdk-lib';
import { GraphWidget, type IMetric } from 'aws-cdk-lib/aws-cloudwatch';

/** A third of the dashboard's width. */
export function graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  return new ShortGraph({ title, left, right, width: 8, height: 6 });
}

/**
 * A graph that says once what its metrics have in common: `.` repeats what the metric before has in the same place
 * (Amazon CloudWatch API Reference, "Dashboard body structure and syntax"). Fifteen sources with long names would not
 * fit into a template otherwise.
 */
class ShortGraph extends GraphWidget {
  override toJson(): unknown[] {
    return super.toJson().map((widget: { properties: { metrics?: unknown[] } }) => {
      const { metrics, ...properties } = widget.properties;
      return { ...widget, properties: { ...properties, ...(metrics && { metrics: shortened(metrics) }) } };
    });
  }
}

/** The CDK makes the metrics when it resolves the template. */
function shortened(metrics: unknown[]): unknown {
  return Lazy.uncachedAny({
    produce: (context: IResolveContext) => {
      const whole = metrics.map((metric) => context.resolve(metric) as unknown[]);
      return whole.map((metric, index) =>
        metric.map((part, place) =>
          typeof part === 'string' && part === whole[index - 1]?.[place] ? '.' : part,
        ),
      );
    },
  });
}
