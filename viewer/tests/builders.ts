import type { Case, CaseLesion, CaseRead, CaseSeries, CaseStep, Finding, FindingIn, Judged, ReadingSequence } from '../src/api/client'
import type { DicomJson } from '../src/series/dicom-json'
import type { Frame } from '../src/series/frames'

/** One axial slice at a height, 100 x 100 pixels of 2 mm. */
export function aFrame(over: Partial<Frame> = {}): Frame {
  return {
    imageId: 'wadors:series/instances/1/frames/1',
    sopUid: '1',
    number: 1,
    position: [0, 0, 0],
    row: [1, 0, 0],
    column: [0, 1, 0],
    bValue: null,
    rows: 100,
    columns: 100,
    spacing: [2, 2],
    thicknessMm: 5,
    window: null,
    lossy: false,
    dataset: {},
    ...over,
  }
}

export const slicesAt = (heights: readonly number[], over: Partial<Frame> = {}): Frame[] =>
  heights.map((z, n) => aFrame({ position: [0, 0, z], sopUid: `${over.bValue ?? ''}${n}`, ...over }))

export function aSeries(over: Partial<CaseSeries> = {}): CaseSeries {
  return {
    key: 'ct',
    timepoint: 'pre-op',
    role: 'ct-portal-venous',
    label: { en: 'CT', ja: 'CT' },
    sequence: 'ct',
    confirmed: true,
    modality: 'CT',
    study_uid: '1.2',
    series_uid: '1.2.3',
    frame_of_reference_uid: '1.2.4',
    sop_instance_uids: null,
    frame_numbers: null,
    n_frames: 10,
    b_values: [],
    window_center: null,
    window_width: null,
    breathing: null,
    warnings: [],
    ...over,
  }
}

export function aLesion(over: Partial<CaseLesion> = {}): CaseLesion {
  return { id: 'one', label: 'L1', segment: 'VI', baseline_diameter_mm: '12.0', locations: [], ...over }
}

export function aFinding(over: Partial<FindingIn> = {}): FindingIn {
  return { visibility: 'visible', diameter_mm: '8.0', ...over }
}

export function aStep(judges: Judged, over: Partial<CaseStep> = {}): CaseStep {
  const sequences: ReadingSequence[] = judges === 'combined' ? ['ct', 'dwi', 't1t2', 'eob'] : [judges]
  return { code: judges, label: { en: judges, ja: judges }, judges, sequences, state: 'open', ...over }
}

/** The steps of a site's own read: one for each sequence, all of them open. */
export const SITE_STEPS: readonly CaseStep[] = (['ct', 'dwi', 't1t2', 'eob'] as const).map((judges) => aStep(judges))

/** The steps of a central read of which the first ones are locked. */
export const centralSteps = (nLocked: number): CaseStep[] =>
  (['ct', 'dwi', 't1t2', 'eob', 'combined'] as const).map((judges, n) => aStep(judges, { state: n < nLocked ? 'locked' : n === nLocked ? 'open' : 'closed' }))

export function aRead(over: Partial<CaseRead> = {}): CaseRead {
  return { state: 'draft', version: 1, edition: 1, saved_at: null, may_reopen: false, steps: [...SITE_STEPS], findings: [], new_lesions: [], key_images: [], baseline_findings: [], corrections: [], ...over }
}

/** A finding as the server tells it. */
export const aSavedFinding = (lesionId: string, judged: Judged): Finding => ({ lesion_id: lesionId, sequence: judged, visibility: 'visible', diameter_mm: '8.0' })

export function aCase(over: Partial<Case> = {}): Case {
  const visit = (code: string, day: number): Case['timepoint'] => ({ code, label: { en: code, ja: code }, day })
  return {
    case_id: 'case',
    case_code: 'R-0147',
    blinded: true,
    site_name: null,
    timepoint: visit('pre-op', 98),
    timepoints: [visit('baseline', -6), visit('pre-op', 98)],
    hanging: [
      { pane: 1, roles: ['ct-portal-venous', 'ct-arterial'] },
      { pane: 2, roles: ['eob-hepatobiliary'] },
      { pane: 3, roles: ['dwi'] },
      { pane: 4, roles: ['adc'] },
    ],
    series: [
      aSeries(),
      aSeries({ key: 'hb', role: 'eob-hepatobiliary', sequence: 'eob', modality: 'MR' }),
      aSeries({ key: 'dwi', role: 'dwi', sequence: 'dwi', modality: 'MR' }),
      aSeries({ key: 'adc', role: 'adc', sequence: 'dwi', modality: 'MR' }),
      aSeries({ key: 't2', role: 't2', sequence: 't1t2', modality: 'MR' }),
      aSeries({ key: 'ct-before', timepoint: 'baseline' }),
    ],
    lesions: [aLesion(), aLesion({ id: 'two', label: 'L2' })],
    links: [],
    not_evaluable_reasons: [{ code: 'motion', label: { en: 'Motion', ja: '体動' } }],
    confidence: [],
    signals: [],
    read: aRead(),
    may_edit_lesions: true,
    next_case: null,
    ...over,
  }
}

/** DICOM JSON of one instance, as WADO-RS metadata gives it. */
export function anInstance(over: DicomJson = {}): DicomJson {
  return {
    '00080018': { vr: 'UI', Value: ['1.2.3.1'] },
    '00200032': { vr: 'DS', Value: [-100, -100, 12.5] },
    '00200037': { vr: 'DS', Value: [1, 0, 0, 0, 1, 0] },
    '00280010': { vr: 'US', Value: [64] },
    '00280011': { vr: 'US', Value: [96] },
    '00280030': { vr: 'DS', Value: ['1.5', '1.25'] },
    ...over,
  }
}
