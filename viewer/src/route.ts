import type { CaseName } from './api/client'

export type Route = { readonly page: 'worklist' } | { readonly page: 'adjudication'; readonly id: string } | ({ readonly page: 'case' } & CaseName)

/** `/viewer/case/{case}/{timepoint}` is a case, `/viewer/adjudication/{id}` two reads to settle; everything else below `/viewer/` is the worklist. */
export function routeOf(path: string): Route {
  const [, adjudication] = /^\/viewer\/adjudication\/([^/]+)\/?$/.exec(path) ?? []
  if (adjudication) return { page: 'adjudication', id: decodeURIComponent(adjudication) }
  const [, caseId, timepoint] = /^\/viewer\/case\/([^/]+)\/([^/]+)\/?$/.exec(path) ?? []
  if (!caseId || !timepoint) return { page: 'worklist' }
  return { page: 'case', caseId: decodeURIComponent(caseId), timepoint: decodeURIComponent(timepoint) }
}

export const casePath = ({ caseId, timepoint }: CaseName): string =>
  `/viewer/case/${encodeURIComponent(caseId)}/${encodeURIComponent(timepoint)}`

export const adjudicationPath = (id: string): string => `/viewer/adjudication/${encodeURIComponent(id)}`
