import { restoresEveryScenario } from './every-scenario.ts';

restoresEveryScenario(18, { together: false });
