"""The abdomen of one patient as a voxel phantom.

Patient coordinates are LPS in mm (x to the patient's left, y to the back, z to the head) with the origin between the
first lumbar vertebra and the liver hilum. Shapes are signed distance fields: mm, positive inside.
"""
