"""The endpoint as pure data: patients with their lesions, where each leaves the course to it, and what is followed."""
