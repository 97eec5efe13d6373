"""Data sets and published tables of the reference page."""

F20_PAIRS = [
    (1, 1), (1, 0), (2, 2), (2, 1), (3, 3), (3, 0), (4, 3), (5, 5), (1, 1), (1, 1),
    (2, 0), (2, 2), (6, 2), (1, 0), (3, 2), (1, 1), (4, 4), (2, 1), (1, 0), (3, 1),
]  # fmt: skip
F20 = ([n for n, _ in F20_PAIRS], [y for _, y in F20_PAIRS])
D25 = (
    [1, 2, 1, 2, 3, 1, 1, 2, 2, 2, 5, 1, 3, 2, 1, 4, 1, 3, 2, 2, 1, 1, 1, 2, 4],
    [1, 2, 0, 1, 3, 0, 1, 1, 2, 0, 4, 1, 0, 2, 1, 1, 0, 3, 1, 2, 0, 1, 1, 0, 2],
)
CONTROL = (
    [13, 12, 9, 9, 8, 8, 13, 12, 10, 10, 9, 13, 5, 7, 10, 10],
    [13, 12, 9, 9, 8, 8, 12, 11, 9, 9, 8, 11, 4, 5, 7, 7],
)
TREATED = (
    [12, 11, 10, 9, 11, 10, 10, 9, 9, 5, 9, 7, 10, 6, 10, 7],
    [12, 11, 10, 9, 10, 9, 9, 8, 8, 4, 7, 4, 5, 3, 3, 0],
)
FOURTEEN = {
    "L01": (90, 1), "L02": (760, 0), "L03": (180, 1), "L04": (745, 0), "L05": (400, 0), "L06": (400, 0),
    "L07": (250, 2), "L08": (365, 1), "L09": (720, 0), "L10": (731, 0), "L11": (545, 1), "L12": (800, 0),
    "L13": (800, 1), "L14": (50, 0),
}  # fmt: skip
PATIENTS_OF_FOURTEEN = dict(
    zip(FOURTEEN, ["P1", "P1", "P2", "P2", "P3", "P3", "P3", "P4", "P5", "P5", "P6", "P6", "P7", "P8"], strict=True)
)
"""Whose they are is not part of the reference page; chosen for the comparison with R."""
FOLLOWED = [
    (f"P{patient}", 30 + (patient * 131 + lesion * 197 + patient % 4 * 50) % 900,
     (patient // 3 + lesion * (patient % 2) + (patient % 5 == 0)) % 3)
    for patient in range(60)
    for lesion in range(1 + patient * 7 % 5)
]  # fmt: skip
"""180 lesions of 60 patients with a day and a status each, by a rule that any language can repeat."""
