import { unit, type Vec3 } from './vector'

/** A second letter is shown when the direction leans this far (sine of about 17 degrees). */
const LEANING = 0.3

const LETTERS: readonly (readonly [string, string])[] = [
  ['L', 'R'],
  ['P', 'A'],
  ['H', 'F'],
]

/** The patient letters a direction points to (LPS), the strongest first: `R`, `AH`. */
export function orientationLetters(direction: Vec3): string {
  return unit(direction)
    .map((value, axis) => ({ size: Math.abs(value), letter: letterOf(axis, value) }))
    .filter(({ size }) => size > LEANING)
    .sort((a, b) => b.size - a.size)
    .map(({ letter }) => letter)
    .join('')
}

function letterOf(axis: number, value: number): string {
  const pair = LETTERS[axis] ?? ['', '']
  return value > 0 ? pair[0] : pair[1]
}
