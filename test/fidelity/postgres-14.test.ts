import { restoresEveryScenario } from './every-scenario.ts';

restoresEveryScenario(14, { together: true });
