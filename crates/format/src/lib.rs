//! strongroom-format
