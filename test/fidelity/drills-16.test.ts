import { drillsEveryScenario } from './every-drill.ts';

drillsEveryScenario(16);
