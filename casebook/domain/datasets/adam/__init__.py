"""Analysis datasets by ADaM: subjects, lesions, times to recurrence, reads, image checks, queries, traces."""
