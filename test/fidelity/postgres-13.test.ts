import { restoresEveryScenario } from './every-scenario.ts';

restoresEveryScenario(13, { together: true });
