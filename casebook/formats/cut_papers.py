"""What lies beside the files of every export of a cut: README.txt and SHA256SUMS."""

from collections.abc import Mapping
from typing import Final

from casebook.domain.cuts.manifest import MANIFEST, Manifest

README: Final = "README.txt"
SUMS: Final = "SHA256SUMS"
RULE: Final = "=" * 78


def readme(manifest: Manifest) -> bytes:
    """Say in both languages what the cut is, whether it is final, and how to check that nothing was changed."""
    about, head = manifest.about, manifest.chain_head
    is_final = not about.is_interim
    lines = [
        RULE,
        f"{manifest.status} {manifest.status} {manifest.status}",
        "The database was locked when this cut was made."
        if is_final
        else "The database was not locked when this cut was made; the numbers can still change.",
        "データベース固定後のデータです。" if is_final else "データベース固定前の中間データです。結果は変わり得ます。",
        RULE,
        "",
        f"Study       {about.study_code}  {about.study_title.en}",
        f"            {about.study_title.ja}",
        f"Data cut    {about.cut_name}",
        f"Purpose     {manifest.purpose}",
        f"As of       {about.as_of.isoformat()}",
        f"Made        {about.made_at.isoformat()} by {manifest.made_by}",
        f"Definition  {about.definition_version} (SHA-256 {manifest.definition_sha256})",
        f"Rules       {', '.join(about.rule_versions) or 'none'}",
        f"Program     casebook {about.program_version}",
        f"Audit trail {head.position} events, head {head.sha256}" if head else "Audit trail empty",
        "",
        "Which way round the endpoint is",
        f"  {about.polarity.en}",
        f"  {about.polarity.ja}",
        "",
        "Datasets (rows)",
        *(f"  {name:<8} {manifest.n_rows(name):>8}" for name in manifest.datasets),
        "",
        f"{MANIFEST} names every file that was kept, with its SHA-256.",
        f"Check this copy with: sha256sum -c {SUMS}",
        "",
    ]
    return "\n".join(lines).encode()


def sums(digests: Mapping[str, str]) -> bytes:
    """Return the digests by path as `sha256sum -c` reads them, sorted."""
    return "".join(f"{digests[path]}  {path}\n" for path in sorted(digests)).encode()
