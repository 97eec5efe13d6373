"""A cut as it is kept, wherever that is: its manifest, and its files compared with it before anybody uses them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from casebook.domain.cuts.manifest import MANIFEST, KeptFile, Manifest, dataset_path, digest, read_manifest
from casebook.domain.cuts.model import CutDamaged
from casebook.domain.datasets.model import Dataset
from casebook.domain.errors import CasebookError, NotFound
from casebook.domain.texts import Text
from casebook.formats.kept_datasets import kept_dataset
from casebook.formats.zips import read_member


@dataclass(frozen=True, slots=True)
class KeptCut:
    """A cut in the archive of an installation, or in a bundle on any machine; `manifest_content` are its own bytes."""

    manifest: Manifest
    manifest_content: bytes
    fetch: Callable[[KeptFile], bytes]

    def read(self, path: str) -> bytes:
        """Return a file. Raises NotFound, CutDamaged where its bytes are not those of the manifest."""
        file = self.manifest.file(path)
        if file is None:
            raise NotFound(
                Text("The cut has no such file.", "このデータカットにそのファイルはありません。"), field="path"
            )
        content = self.fetch(file)
        if digest(content) != file.sha256:
            raise damaged(path)
        return content

    def dataset(self, name: str) -> Dataset:
        """Return a dataset as it was kept."""
        return kept_dataset(self.read(dataset_path(name)))

    def datasets(self) -> tuple[Dataset, ...]:
        """Return all datasets, in the order of the manifest."""
        return tuple(self.dataset(name) for name in self.manifest.datasets)

    def damages(self) -> tuple[str, ...]:
        """Return the paths of files that are missing, or not what they were."""
        return tuple(file.path for file in self.manifest.files if not self._is_whole(file))

    def _is_whole(self, file: KeptFile) -> bool:
        try:
            self.read(file.path)
        except CasebookError:
            return False
        return True


def damaged(path: str) -> CutDamaged:
    """Say that a kept file is not what it was."""
    return CutDamaged(
        Text(
            f"The kept file {path} is not what it was when the cut was made; put it back from a backup.",
            f"保管ファイル {path} が作成時と一致しません。バックアップから復元してください。",
        )
    )


def bundled_cut(bundle: Path) -> KeptCut:
    """Open a cut from a zip of everything in it; needs no installation. Raises Invalid for another file."""
    content = read_member(bundle, MANIFEST)
    return KeptCut(read_manifest(content), content, lambda file: read_member(bundle, file.path))
