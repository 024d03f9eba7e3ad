"""Images: from an untrusted file to pixels, and the geometry between an image and the networks' canvas."""
