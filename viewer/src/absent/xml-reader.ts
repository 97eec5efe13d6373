/** Stands for vtk.js' XML polydata reader, which this viewer never uses. */
export function newInstance(): never {
  throw new Error('Reading XML polydata is not part of this viewer.')
}

export default { newInstance }
