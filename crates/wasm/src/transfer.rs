//! Bytes of files on their way. Transfers do not hold the core: they take it to begin and to
//! write the entry, and move bytes beside it. Sealing and opening of chunks, and the bytes
//! themselves, are the platform's ([`Bulk`]); which bytes, in which order, and every check, are
//! decided here.

mod control;
mod courier;
mod download;
mod flow;
mod opened;
mod port;
mod reading;
mod relocate;
mod start;
mod upload;

pub use control::{Kind, Told};
pub use download::Download;
pub use port::{Bulk, Fetched, Headers};
pub use start::{Started, Transfers};
