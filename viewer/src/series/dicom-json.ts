/** DICOM JSON (PS3.18 Annex F), as far as a viewer reads it. */
export interface Attribute {
  readonly vr?: string
  readonly Value?: readonly unknown[]
}

export type DicomJson = Record<string, Attribute>

const PER_FRAME = '52009230'
const SHARED = '52009229'
const NUMBER_OF_FRAMES = '00280008'

/** The finite numbers of an attribute; text such as DS "1.5" counts as a number. */
export function numbersOf(dataset: DicomJson, tag: string): number[] {
  return (dataset[tag]?.Value ?? [])
    .filter((value) => value !== null && value !== '')
    .map(Number)
    .filter(Number.isFinite)
}

export function numberOf(dataset: DicomJson, tag: string): number | null {
  return numbersOf(dataset, tag)[0] ?? null
}

export function textOf(dataset: DicomJson, tag: string): string | null {
  const value = dataset[tag]?.Value?.[0]
  return typeof value === 'string' ? value : null
}

/** One flat data set per frame: shared and per-frame functional groups laid over the instance (PS3.3 C.7.6.16). */
export function frameDatasets(instance: DicomJson): DicomJson[] {
  const nFrames = numberOf(instance, NUMBER_OF_FRAMES) ?? 1
  if (nFrames <= 1 && !instance[PER_FRAME]) return [instance]
  const { [PER_FRAME]: perFrame, [SHARED]: shared, [NUMBER_OF_FRAMES]: _count, ...common } = instance
  const sharedGroups = groupsOf(shared?.Value?.[0])
  return Array.from({ length: nFrames }, (_, index) => ({
    ...common,
    ...sharedGroups,
    ...groupsOf(perFrame?.Value?.[index]),
  }))
}

function groupsOf(item: unknown): DicomJson {
  const merged: DicomJson = {}
  for (const group of Object.values((item ?? {}) as DicomJson)) {
    const first = group.Value?.[0]
    if (first && typeof first === 'object') Object.assign(merged, first)
  }
  return merged
}
