/** A requirement of a standard, and what a report of evidence has to do with it. */
export interface Control {
  readonly standard: 'SOC 2' | 'ISO/IEC 27001:2022';
  readonly id: string;
  /** What it asks, in short. The standard's own text counts. */
  readonly asks: string;
  /** The parts of the report that support it. */
  readonly supports: string;
  /** What an auditor needs besides. */
  readonly notCovered: string;
}

/**
 * The Trust Services Criteria are those of 2017 with the points of focus of 2022 (AICPA, TSP section 100); Annex A is that of
 * ISO/IEC 27001:2022. docs/evidence.md names the sources. A report supports an answer. It is never the answer.
 */
export const CONTROLS: readonly Control[] = [
  {
    standard: 'SOC 2',
    id: 'A1.2',
    asks: 'Data backup processes and recovery infrastructure are designed, operated and monitored so that objectives are met.',
    supports:
      'Backups with their times, sizes and locks; days without one; scrubs; holds and removals, and with CloudTrail every change of retention and locks.',
    notCovered:
      'Environmental protections, other systems and data, who approved the design, and who acted on an alarm.',
  },
  {
    standard: 'SOC 2',
    id: 'A1.3',
    asks: 'Recovery plan procedures are tested.',
    supports:
      'Each drill restores a backup and compares it with its source: verdict, time, what was skipped, signature; drills that failed or did not take place.',
    notCovered:
      'The plan itself, scenarios beyond the loss of a database, the people who take part, and what was learned.',
  },
  {
    standard: 'SOC 2',
    id: 'CC7.5',
    asks: 'Activities to recover from identified security incidents are developed and carried out.',
    supports:
      'Restores with who, when and how they ended; measured recovery times; holds that kept a backup.',
    notCovered: 'The incident, its root cause, communication, and the changes that prevent the next one.',
  },
  {
    standard: 'ISO/IEC 27001:2022',
    id: 'A.8.13',
    asks: 'Backup copies are kept and regularly tested, as the agreed policy on backup says.',
    supports: 'Backups and drills of the period, their gaps, and the targets that were named for the report.',
    notCovered:
      'The policy, software and systems other than the databases named here, and files outside them.',
  },
  {
    standard: 'ISO/IEC 27001:2022',
    id: 'A.5.29',
    asks: 'Information security is kept at an appropriate level during a disruption.',
    supports:
      'Whether backups are encrypted and locked, and, with CloudTrail, what was changed in locks and retention.',
    notCovered:
      'How access, secrets and monitoring are kept during a disruption: the plan for it, and its exercises.',
  },
  {
    standard: 'ISO/IEC 27001:2022',
    id: 'A.5.30',
    asks: 'ICT readiness is planned, implemented, maintained and tested by continuity objectives.',
    supports: 'Recovery point and recovery time as measured, beside the targets.',
    notCovered:
      'The business impact analysis that the targets come from, and every service but these databases.',
  },
];
