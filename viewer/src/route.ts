import type { CaseName } from './api/client'

export type Route = { readonly page: 'worklist' } | ({ readonly page: 'case' } & CaseName)

/** `/viewer/case/{subject}/{timepoint}` is a case; everything else below `/viewer/` is the worklist. */
export function routeOf(path: string): Route {
  const [, subjectId, timepoint] = /^\/viewer\/case\/([^/]+)\/([^/]+)\/?$/.exec(path) ?? []
  if (!subjectId || !timepoint) return { page: 'worklist' }
  return { page: 'case', subjectId: decodeURIComponent(subjectId), timepoint: decodeURIComponent(timepoint) }
}

export const casePath = ({ subjectId, timepoint }: CaseName): string =>
  `/viewer/case/${encodeURIComponent(subjectId)}/${encodeURIComponent(timepoint)}`
