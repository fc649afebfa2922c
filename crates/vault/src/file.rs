//! Files: sealing a revision part by part, and reading any range of one with every byte
//! verified before it is released (formats, section 8). Memory does not grow with the file.

mod attributes;
mod boxes;
mod open;
mod seal;
mod stretch;

pub use attributes::{Attributes, open_attributes, seal_attributes};
pub use boxes::{bulk_key, open_key, open_manifest, open_rewrapped_key, rewrap_key};
pub use open::{FileOpener, Need, Reader, TreeCheck};
pub use seal::{FileDetails, FileSealer, NewRevision, Piece, SealedFile};
pub use stretch::{Stretch, StretchCheck};

#[cfg(test)]
mod tests;
