"""`python -m sample_dicom --out DIR`: write the sample study."""

import argparse
import sys
from pathlib import Path

from sample_dicom.cohort import PATIENTS
from sample_dicom.sizes import FULL, SMALL
from sample_dicom.study import DEFAULT_PATIENTS, DEFAULT_SEED, SMALL_PATIENTS, TRUTH_FILE, generate


def main() -> int:
    """Write the study that the command line asks for."""
    arguments = _arguments()
    size = SMALL if arguments.small else FULL
    n_patients = arguments.patients or (SMALL_PATIENTS if arguments.small else DEFAULT_PATIENTS)
    truth = generate(
        arguments.out,
        seed=arguments.seed,
        patients=PATIENTS[:n_patients],
        size=size,
        faults=arguments.faults,
        progress=_say,
    )
    n_series = sum(len(e["series"]) for p in truth["patients"] for t in p["timepoints"].values() for e in t)
    sys.stdout.write(f"{len(truth['patients'])} patients, {n_series} series; see {arguments.out / TRUTH_FILE}\n")
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sample_dicom", description="Write the sample study as DICOM.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument(
        "--patients",
        type=int,
        choices=range(1, len(PATIENTS) + 1),
        metavar="N",
        help=f"how many patients, 1 to {len(PATIENTS)} (3; 2 with --small)",
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="same seed, same bytes (%(default)s)")
    parser.add_argument("--faults", action="store_true", help="add what does not belong: broken and foreign files")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--full", action="store_true", help="matrices as in the clinic (the default)")
    which.add_argument("--small", action="store_true", help="a few MB, for tests")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
