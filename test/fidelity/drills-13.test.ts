import { drillsEveryScenario } from './every-drill.ts';

drillsEveryScenario(13);
