/** The reason that `lifeboat alert test` gives for an alarm that it turns red. The notify function knows tests by it. */
export const ALERT_TEST_REASON =
  'lifeboat alert test: somebody is testing whether this alarm reaches people. Nothing is wrong.';
