import { restoresEveryScenario } from './every-scenario.ts';

restoresEveryScenario(17, { together: true });
