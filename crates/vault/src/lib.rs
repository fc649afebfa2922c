//! strongroom-vault
