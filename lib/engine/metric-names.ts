/** The one place that names metrics: the functions that publish and the alarms that watch both import it. */
export const METRIC_NAMESPACE = 'Lifeboat';
