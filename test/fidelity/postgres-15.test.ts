import { restoresEveryScenario } from './every-scenario.ts';

restoresEveryScenario(15, { together: false });
