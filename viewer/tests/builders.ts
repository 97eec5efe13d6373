import type { Case, CaseLesion, CaseSeries, FindingIn } from '../src/api/client'
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

export function aCase(over: Partial<Case> = {}): Case {
  const visit = (code: string, day: number): Case['timepoint'] => ({ code, label: { en: code, ja: code }, day })
  return {
    subject_id: 'subject',
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
    read: { state: 'draft', version: 1, saved_at: null, findings: [], baseline_findings: [] },
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
