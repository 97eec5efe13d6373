import { add, cross, dot, scale, subtract, unit, type Vec3 } from './vector'

/** The plane of one slice: a point on it and its two in-plane directions (LPS, mm). */
export interface Plane {
  readonly origin: Vec3
  readonly row: Vec3
  readonly column: Vec3
}

export const normalOf = (plane: Plane): Vec3 => unit(cross(plane.row, plane.column))

/** Signed distance of a point from the plane in mm, positive along the normal. */
export const distanceToPlane = (point: Vec3, plane: Plane): number =>
  dot(subtract(point, plane.origin), normalOf(plane))

/** The foot of the perpendicular from the point on the plane. */
export const projectOnPlane = (point: Vec3, plane: Plane): Vec3 =>
  add(point, scale(normalOf(plane), -distanceToPlane(point, plane)))

/** Angle between two planes in degrees, 0 to 90. */
export function angleBetween(a: Vec3, b: Vec3): number {
  const cosine = Math.min(1, Math.abs(dot(unit(a), unit(b))))
  return (Math.acos(cosine) * 180) / Math.PI
}
