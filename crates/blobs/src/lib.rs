//! strongroom-blobs
