import type { Case, CaseStep, Judged, ReadingSequence } from '../api/client'

/** The sequences of a read, in the order they stand in tables. */
export const SEQUENCES: readonly ReadingSequence[] = ['ct', 'dwi', 't1t2', 'eob']

/** The steps of the reading in the charter's order; who only looks sees the four sequences, all open. */
export function stepsOf({ read }: Pick<Case, 'read'>): readonly CaseStep[] {
  if (read && read.steps.length > 0) return read.steps
  return SEQUENCES.map((sequence) => ({ code: sequence, label: { en: sequence, ja: sequence }, judges: sequence, sequences: [sequence], state: 'open' }))
}

/** True where each step is locked before the next opens, as central reads are; a site's own read has all steps open. */
export const isLadder = (steps: readonly CaseStep[]): boolean => steps.some(({ state }) => state !== 'open')

/** The step that is read now; null once all are locked. */
export const openStepOf = (steps: readonly CaseStep[]): CaseStep | null => steps.find(({ state }) => state === 'open') ?? null

/** The step that comes after this one; null for the last. */
export function stepAfter(steps: readonly CaseStep[], { code }: CaseStep): CaseStep | null {
  const at = steps.findIndex((step) => step.code === code)
  return at < 0 ? null : (steps[at + 1] ?? null)
}

/** The open step of a ladder that another one waits for; null at the last one, which the signature locks. */
export function stepToLock(steps: readonly CaseStep[]): CaseStep | null {
  const open = isLadder(steps) ? openStepOf(steps) : null
  return open && stepAfter(steps, open) ? open : null
}

export const stepJudging = (steps: readonly CaseStep[], judged: Judged): CaseStep | null =>
  steps.find(({ judges }) => judges === judged) ?? null

/** What a hand on images of this sequence speaks of: the chosen step where it reads them, else the sequence's own step. */
export function judgedOn(steps: readonly CaseStep[], chosen: Judged, sequence: ReadingSequence | null): Judged | null {
  if (!sequence) return null
  return stepJudging(steps, chosen)?.sequences.includes(sequence) ? chosen : sequence
}
