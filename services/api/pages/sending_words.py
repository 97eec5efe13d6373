"""What the script of the sending page says; places like {n} are filled in there."""

from collections.abc import Mapping
from typing import Final

from services.api.pages.words import N_

WORDS: Final[Mapping[str, str]] = {
    "prepares": N_("The files are being listed."),
    "nothing": N_("There was no file in what you chose."),
    "leftOut": N_("{n} files of the operating system (such as .DS_Store) are left out."),
    "sends": N_("Sending. Keep this page open."),
    "counted": N_("{n} of {all} files"),
    "paused": N_("Paused. What is there stays there."),
    "broken": N_("The line is broken. It is tried again by itself; what is there stays there."),
    "again": N_("again in {time}"),
    "full": N_("There is no room on the server’s disk. Tell the data centre; it is tried again by itself."),
    "signed-out": N_("Your session has ended. Sign in again in another tab, then go on here."),
    "otherAccount": N_("Another account is signed in now. Sign in as before, and choose the same files again."),
    "insecure": N_("Images are sent over a secure connection only: open this page by https."),
    "noAnswer": N_("The server did not answer. Choose the same files again: the upload goes on where it stopped."),
    "unreadable": N_(
        "{n} files could not be read: they were changed, moved or removed meanwhile. Choose the files again."
    ),
    "waits": N_("Everything is there. Submission S-{number} waits for the intake."),
    "takes": N_("Everything is there. Submission S-{number} is being taken in. You may leave this page."),
    "stopped": N_("The intake was stopped: {why}. It goes on by itself."),
    "failure-storage-full": N_("no room on the disk"),
    "failure-unavailable": N_("a part of the server does not answer"),
    "failure-unexpected": N_("an unexpected failure, which was logged"),
    "failure-invalid": N_("an unexpected failure, which was logged"),
    "done": N_("Submission S-{number} is complete."),
    "doneHeld": N_("Submission S-{number} is complete. {held} files were held or refused: see why below."),
    "doneMissing": N_("Submission S-{number} is complete. {missing} required series are still missing: see below."),
    "outcomes": N_("archived {archived} · duplicates {duplicates} · held or refused {held}"),
    "held": N_("Held or refused"),
    "expected": N_("Required at this timepoint"),
    "here": N_("{n} of {all} are here"),
    "missing": N_("missing"),
    "receipt": N_("Receipt"),
    "report": N_("De-identification report"),
    "another": N_("Send more"),
    "pause": N_("Pause"),
    "goOn": N_("Go on"),
    "tryNow": N_("Try now"),
    "discard": N_("Discard the upload"),
    "discardAsked": N_("Discard this upload? What was sent of it is removed."),
    "discarded": N_("Discarded. What was sent of it is removed."),
    "progress": N_("Progress of all files"),
    "left": N_("{time} left"),
    "allFiles": N_("All files"),
    "file": N_("File"),
    "size": N_("Size"),
    "state": N_("State"),
    "more": N_("and {n} more files"),
    "part-waiting": N_("○ waiting"),
    "part-sent": N_("● there"),
    "part-unreadable": N_("✕ cannot be read"),
    "problem-too-large": N_("This is more than one upload may hold; send it in parts, or as a zip."),
    "problem-storage-full": N_("There is no room on the server’s disk. Tell the data centre."),
    "problem-invalid": N_("A file’s name cannot be taken: give the files plain names, and choose them again."),
    "problem-file-changed": N_(
        "A file has changed since the upload began. Discard the unfinished upload, and send the files anew."
    ),
    "problem-upload-ended": N_("This upload is not open any more. Reload the page, and choose the files again."),
    "problem-too-many-uploads": N_("You have too many unfinished uploads. Discard those you do not need."),
    "problem-wrong-checksum": N_(
        "Pieces arrive changed: something between this computer and the server alters them. Tell your IT department."
    ),
    "problem-not-found": N_("This patient or upload is not there any more. Reload the page."),
    "problem-forbidden": N_("Your role does not allow to send images here."),
}
