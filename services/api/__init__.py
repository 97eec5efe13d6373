"""The HTTP service: API, DICOMweb, pages and the built viewer."""
