"""What a DICOM element means: headers, geometry, pixels, de-identification."""
