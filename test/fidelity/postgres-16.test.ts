import { restoresEveryScenario } from './every-scenario.ts';

restoresEveryScenario(16, { together: true });
