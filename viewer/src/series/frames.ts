import { cross, unit, type Vec3 } from '../geometry/vector'
import { frameDatasets, numberOf, numbersOf, textOf, type DicomJson } from './dicom-json'

/** One image of a series: what choosing, sorting and labelling slices needs. Lengths in mm, LPS. */
export interface Frame {
  readonly imageId: string
  readonly sopUid: string
  /** 1-based within the instance. */
  readonly number: number
  readonly position: Vec3 | null
  readonly row: Vec3
  readonly column: Vec3
  /** s/mm2, null where the image is not diffusion-weighted. */
  readonly bValue: number | null
  readonly rows: number
  readonly columns: number
  /** Between rows and between columns; null where the image has no spacing, so no mm may be shown. */
  readonly spacing: readonly [number, number] | null
  readonly thicknessMm: number | null
  readonly window: { readonly center: number; readonly width: number } | null
  readonly lossy: boolean
  readonly dataset: DicomJson
}

/** All frames of a series in the order of its metadata. */
export function framesOf(instances: readonly DicomJson[], seriesAddress: string): Frame[] {
  return instances.flatMap((instance) => {
    const sopUid = textOf(instance, '00080018')
    if (!sopUid || !instance['00280010']) return []
    return frameDatasets(instance).map((dataset, index) => frameOf(dataset, sopUid, index + 1, seriesAddress))
  })
}

function frameOf(dataset: DicomJson, sopUid: string, number: number, seriesAddress: string): Frame {
  const position = numbersOf(dataset, '00200032')
  const orientation = numbersOf(dataset, '00200037')
  const spacing = numbersOf(dataset, '00280030')
  const [center, width] = [numberOf(dataset, '00281050'), numberOf(dataset, '00281051')]
  return {
    imageId: `wadors:${seriesAddress}/instances/${sopUid}/frames/${number}`,
    sopUid,
    number,
    position: vectorAt(position, 0),
    row: unit(vectorAt(orientation, 0) ?? [1, 0, 0]),
    column: unit(vectorAt(orientation, 3) ?? [0, 1, 0]),
    bValue: wholeNumber(numberOf(dataset, '00189087')),
    rows: numberOf(dataset, '00280010') ?? 0,
    columns: numberOf(dataset, '00280011') ?? 0,
    spacing: spacing[0] && spacing[1] ? [spacing[0], spacing[1]] : null,
    thicknessMm: numberOf(dataset, '00180050'),
    window: center !== null && width !== null && width > 0 ? { center, width } : null,
    lossy: textOf(dataset, '00282110') === '01',
    dataset,
  }
}

/** Scanners write b 0 as 0.001 and the like; protocols have whole numbers. */
const wholeNumber = (value: number | null): number | null => value && Math.round(value)

export const frameNormal = (frame: Frame): Vec3 => unit(cross(frame.row, frame.column))

function vectorAt(values: readonly number[], start: number): Vec3 | null {
  const [x, y, z] = values.slice(start, start + 3)
  return x !== undefined && y !== undefined && z !== undefined ? [x, y, z] : null
}
